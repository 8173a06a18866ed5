#ifndef KVMSCOPE_TRACEFS_SHIM_H
#define KVMSCOPE_TRACEFS_SHIM_H

// <tracefs.h> speaks of cpu_set_t without including it. _GNU_SOURCE would bring it too, but then this module's idea of
// <regex.h> and <sys/select.h> differs from the C library's own module, and Swift refuses to have both.
#include <sched.h>
#include <event-parse.h>
#include <kbuffer.h>
#include <tracefs.h>

#endif
