// What Swift cannot reach by itself of the KVM interface. Every name of ours starts with ckvm_ or CKVM_.
#ifndef CKVM_H
#define CKVM_H

#include <linux/kvm.h>

#include "ckvm_bench.h"
#include "ckvm_call.h"
#include "ckvm_clock.h"
#include "ckvm_kick.h"
#include "ckvm_mirror.h"
#include "ckvm_requests.h"
#include "ckvm_run.h"

#endif
