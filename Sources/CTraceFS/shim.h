#ifndef KVMSCOPE_TRACEFS_SHIM_H
#define KVMSCOPE_TRACEFS_SHIM_H

// cpu_set_t, of which <tracefs.h> speaks, is there for GNU programs only.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <event-parse.h>
#include <kbuffer.h>
#include <tracefs.h>

#endif
