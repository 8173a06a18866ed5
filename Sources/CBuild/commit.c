#include "CBuild.h"

const char *kvmscope_commit(void) { return KVMSCOPE_COMMIT; }
