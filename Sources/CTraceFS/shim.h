#ifndef KVMSCOPE_TRACEFS_SHIM_H
#define KVMSCOPE_TRACEFS_SHIM_H

#include <event-parse.h>
#include <kbuffer.h>
#include <tracefs.h>

#endif
