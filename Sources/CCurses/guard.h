#ifndef KVMSCOPE_TERMINAL_GUARD_H
#define KVMSCOPE_TERMINAL_GUARD_H

// Gives the terminal back however the program ends.
//
// These are C because a signal handler may only do what signal-safety(7) lists, and Swift does not promise that of any
// code. They are inline in a header because a system library target compiles nothing. Each Swift file that called them
// would get a state of its own: so only TerminalGuard.swift does.

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    KVMSCOPE_PENDING_RESIZE = 1,
    KVMSCOPE_PENDING_CONTINUE = 2,
    KVMSCOPE_PENDING_STOP = 4,
    KVMSCOPE_PENDING_INTERRUPT = 8,
    KVMSCOPE_PENDING_TERMINATE = 16,
    KVMSCOPE_PENDING_HANGUP = 32,
};

struct kvmscope_guard {
    int armed;            // the terminal must be given back
    int input, output;
    int wake;             // write end of a pipe that does not block
    unsigned pending;     // KVMSCOPE_PENDING_…
    int ends;             // SIGINT and SIGTERM so far
    int flush_input;
    int owns_stack;
    int registered;       // with atexit
    struct termios saved;
    size_t length;
    char restore[512];    // what to write to the terminal
    struct sigaction previous[32];
    char stack[64 * 1024]; // so that a stack overflow can be handled too
};

// The state stands inside a function because Swift leaves out a header's static variables.
static inline struct kvmscope_guard *kvmscope_guard_state(void) {
    static struct kvmscope_guard state;
    return &state;
}

static inline void kvmscope_guard_restore(void) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    if (!__atomic_exchange_n(&guard->armed, 0, __ATOMIC_SEQ_CST)) return;
    // A job in the background must not touch the terminal, which is another's then. ENOTTY: no controlling terminal.
    pid_t owner = tcgetpgrp(guard->output);
    if (owner > 0 && owner != getpgrp()) return;
    const char *next = guard->restore;
    size_t left = guard->length;
    while (left > 0) {
        ssize_t written = write(guard->output, next, left);
        if (written > 0) {
            next += written;
            left -= (size_t)written;
        } else if (errno != EINTR) {
            break;
        }
    }
    tcsetattr(guard->input, TCSANOW, &guard->saved);
    // Or the shell would read the mouse's last reports as commands.
    if (guard->flush_input) tcflush(guard->input, TCIFLUSH);
}

static void kvmscope_guard_die(int number) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    kvmscope_guard_restore();
    // The handler from before, or the default, acts when this one returns: the signal is blocked until then.
    struct sigaction before = guard->previous[number];
    if (!(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_IGN) before.sa_handler = SIG_DFL;
    sigaction(number, &before, NULL);
    raise(number);
}

static void kvmscope_guard_note(int number) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    int saved = errno;
    unsigned bit = number == SIGWINCH ? KVMSCOPE_PENDING_RESIZE
        : number == SIGCONT           ? KVMSCOPE_PENDING_CONTINUE
        : number == SIGTSTP           ? KVMSCOPE_PENDING_STOP
        : number == SIGINT            ? KVMSCOPE_PENDING_INTERRUPT
        : number == SIGTERM           ? KVMSCOPE_PENDING_TERMINATE
                                      : KVMSCOPE_PENDING_HANGUP;
    if (number == SIGINT || number == SIGTERM) {
        // The first asks the program to end in order; the second finds it stuck. Hang-ups come in pairs, from the
        // kernel and from the shell, and so do not count.
        if (__atomic_fetch_add(&guard->ends, 1, __ATOMIC_SEQ_CST) > 0) {
            kvmscope_guard_die(number);
            return;
        }
    }
    __atomic_fetch_or(&guard->pending, bit, __ATOMIC_SEQ_CST);
    ssize_t ignored = write(guard->wake, "", 1);
    (void)ignored; // full means that the reader will wake anyway
    errno = saved;
}

static inline void kvmscope_guard_catch(int number, void (*handler)(int), int flags, int even_if_ignored) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    struct sigaction now;
    memset(&now, 0, sizeof now);
    now.sa_handler = handler;
    now.sa_flags = flags;
    sigemptyset(&now.sa_mask);
    // tcsetattr from the background would otherwise stop the process in the middle of its end.
    sigaddset(&now.sa_mask, SIGTTOU);
    struct sigaction *before = &guard->previous[number];
    sigaction(number, NULL, before);
    // As `nohup` and shells without job control leave them; that is to be kept.
    if (!even_if_ignored && !(before->sa_flags & SA_SIGINFO) && before->sa_handler == SIG_IGN) return;
    sigaction(number, &now, NULL);
}

// What is done at a signal: noted for the program, the end of the process (where it is not ignored, or in any case), or
// nothing of ours.
enum kvmscope_guard_kind { KVMSCOPE_GUARD_NOTHING, KVMSCOPE_GUARD_NOTE, KVMSCOPE_GUARD_END, KVMSCOPE_GUARD_DIE };

static inline enum kvmscope_guard_kind kvmscope_guard_kind(int number) {
    switch (number) {
    case SIGWINCH: case SIGCONT: case SIGTSTP: case SIGINT: case SIGTERM: case SIGHUP:
        return KVMSCOPE_GUARD_NOTE;
    case SIGQUIT: case SIGILL: case SIGTRAP: case SIGABRT: case SIGBUS: case SIGFPE: case SIGSEGV: case SIGSYS:
        return KVMSCOPE_GUARD_DIE;
    case SIGUSR1: case SIGUSR2: case SIGALRM: case SIGVTALRM: case SIGPROF: case SIGXCPU:
        return KVMSCOPE_GUARD_END;
    default:
        return KVMSCOPE_GUARD_NOTHING;
    }
}

static inline int kvmscope_guard_is_armed(void) {
    return __atomic_load_n(&kvmscope_guard_state()->armed, __ATOMIC_SEQ_CST);
}

// From here on the terminal is given back at any end but SIGKILL. `restore` holds at most 512 bytes. To be called
// before ncurses starts, which leaves signals alone that are not at their default.
static inline void kvmscope_guard_arm(
    int input, int output, int wake, const struct termios *saved, const char *restore, size_t length, int flush_input) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    guard->input = input;
    guard->output = output;
    guard->wake = wake;
    guard->saved = *saved;
    guard->length = length < sizeof guard->restore ? length : sizeof guard->restore;
    memcpy(guard->restore, restore, guard->length);
    guard->flush_input = flush_input;
    guard->pending = 0;
    guard->ends = 0;
    if (!guard->registered) guard->registered = atexit(kvmscope_guard_restore) == 0;
    stack_t stack = {.ss_sp = NULL};
    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE)) {
        stack.ss_sp = guard->stack;
        stack.ss_size = sizeof guard->stack;
        stack.ss_flags = 0;
        guard->owns_stack = sigaltstack(&stack, NULL) == 0;
    }
    __atomic_store_n(&guard->armed, 1, __ATOMIC_SEQ_CST);
    for (int number = 1; number < 32; number++) {
        enum kvmscope_guard_kind kind = kvmscope_guard_kind(number);
        if (kind == KVMSCOPE_GUARD_NOTE) kvmscope_guard_catch(number, kvmscope_guard_note, SA_RESTART, 0);
        if (kind == KVMSCOPE_GUARD_END) kvmscope_guard_catch(number, kvmscope_guard_die, SA_ONSTACK, 0);
        if (kind == KVMSCOPE_GUARD_DIE) kvmscope_guard_catch(number, kvmscope_guard_die, SA_ONSTACK, 1);
    }
}

// Takes the handler off SIGQUIT that a language's runtime has put there; a parent's wish to ignore it stays.
static inline void kvmscope_guard_quit_plainly(void) {
    struct sigaction action;
    if (sigaction(SIGQUIT, NULL, &action) != 0) return;
    if (!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN) return;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(SIGQUIT, &action, NULL);
}

// Puts the terminal and the signal actions back.
static inline void kvmscope_guard_disarm(void) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    sigset_t background, before;
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &background, &before);
    kvmscope_guard_restore();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int number = 1; number < 32; number++)
        if (kvmscope_guard_kind(number) != KVMSCOPE_GUARD_NOTHING) sigaction(number, &guard->previous[number], NULL);
    if (guard->owns_stack) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
        guard->owns_stack = 0;
    }
}

// What has come in since the last call: KVMSCOPE_PENDING_… bits.
static inline unsigned kvmscope_guard_take(void) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    return __atomic_exchange_n(&guard->pending, 0, __ATOMIC_SEQ_CST);
}

// Lets the next SIGINT or SIGTERM ask again instead of ending the program.
static inline void kvmscope_guard_forgive(void) {
    __atomic_store_n(&kvmscope_guard_state()->ends, 0, __ATOMIC_SEQ_CST);
}

// Gives the terminal back, stops the process as Ctrl-Z does, and returns when it is continued.
static inline void kvmscope_guard_stop(void) {
    struct kvmscope_guard *guard = kvmscope_guard_state();
    struct sigaction stop, ours;
    sigset_t unblocked, before;
    memset(&stop, 0, sizeof stop);
    stop.sa_handler = SIG_DFL;
    sigemptyset(&stop.sa_mask);
    kvmscope_guard_restore();
    sigaction(SIGTSTP, &stop, &ours);
    // A thread of a dispatch queue blocks it.
    sigemptyset(&unblocked);
    sigaddset(&unblocked, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &unblocked, &before);
    raise(SIGTSTP);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    __atomic_store_n(&guard->armed, 1, __ATOMIC_SEQ_CST);
}

#endif
