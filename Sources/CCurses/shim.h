#ifndef KVMSCOPE_CURSES_SHIM_H
#define KVMSCOPE_CURSES_SHIM_H

#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <ncurses.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

// Swift does not import these macros: their values carry casts.
static inline attr_t kvmscope_attr_bold(void) { return A_BOLD; }
static inline attr_t kvmscope_attr_dim(void) { return A_DIM; }
static inline attr_t kvmscope_attr_italic(void) { return A_ITALIC; }
static inline attr_t kvmscope_attr_reverse(void) { return A_REVERSE; }
static inline attr_t kvmscope_attr_underline(void) { return A_UNDERLINE; }

// Of <wchar.h> and <unistd.h>, which show these only to programs that ask for XSI and GNU extensions.
int wcwidth(wchar_t character);
int pipe2(int descriptors[2], int flags);

// Of <term.h>, which takes names such as `lines` and `columns` as macros.
int setupterm(const char *name, int fd, int *error);

// Global variables, which Swift refuses as not safe for concurrency; only the thread of the screen uses them.
static inline WINDOW *kvmscope_stdscr(void) { return stdscr; }
static inline WINDOW *kvmscope_curscr(void) { return curscr; }
static inline int kvmscope_colors(void) { return COLORS; }

// CODESET is an enumerator behind a macro of its own name, which Swift finds ambiguous.
static inline int kvmscope_locale_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

// `ioctl` is variadic. Returns 0 and the size, or -1.
static inline int kvmscope_window_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

// `c_cc` is a tuple in Swift, without subscripts. Keys come one by one and unchanged, without flow control, but Ctrl-C,
// Ctrl-\ and Ctrl-Z still make signals, so that they work while the program is busy.
static inline void kvmscope_key_mode(struct termios *mode) {
    mode->c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP);
    mode->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    mode->c_lflag |= ISIG;
    mode->c_cc[VMIN] = 1;
    mode->c_cc[VTIME] = 0;
}

#endif
