#ifndef CBUILD_H
#define CBUILD_H

/// The commit of which the program was built, as `git describe` names it; empty where the build was not told.
const char *kvmscope_commit(void);

#endif
