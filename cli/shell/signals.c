/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals, broken pipes and closed streams, met so that no temporary file is left behind. */
#include "cli/shell/signals.h"

#include "lib/files/output.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t waiting, caught; /* caught: the signal that stops the work; 0: none */

static void leave(int number)
{
    nn_output_abandon_all();
    signal(number, SIG_DFL);
    raise(number);
}

/* Whoever stops a program may send the signal to it and then to its group: both are one. */
static bool is_echo(void)
{
    enum { ECHO_MS = 300 };
    static struct timespec first;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!caught) {
        first = now;
        return false;
    }
    return (now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000 < ECHO_MS;
}

/* The first one lets the step be finished, the second does not. */
static void on_stop(int number)
{
    if (waiting && is_echo())
        return;
    static const char text[] = "\nauspex: stopping after this step; Ctrl-C again leaves at once\n";
    if (waiting && !caught) {
        caught = number;
        ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
        (void)written;
    } else if (waiting || number == SIGINT) {
        nn_output_abandon_all();
        _exit(128 + number);
    } else {
        leave(number);
    }
}

/* Nobody reads any more. What is stopped already has its last words fail, and no more. */
static void on_pipe(int number)
{
    if (!waiting && !caught)
        leave(number);
    if (!caught)
        caught = number;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_flags = flags};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    /* A shell that starts a job in the background has it ignore Ctrl-C: leave that so. */
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN && handler != SIG_IGN)
        return;
    sigaction(number, &action, NULL);
}

void cli_signals_set(void)
{
    handle(SIGINT, on_stop, SA_RESTART);
    handle(SIGTERM, on_stop, SA_RESTART | SA_NODEFER);
    handle(SIGHUP, on_stop, SA_RESTART | SA_NODEFER);
    handle(SIGPIPE, on_pipe, SA_NODEFER);
}

void cli_interrupt_wait(bool on)
{
    waiting = on;
}

bool cli_interrupted(void)
{
    return caught;
}

int cli_stopped_by(void)
{
    return caught ? caught : SIGINT;
}

void cli_reader_left(void)
{
    if (waiting && !caught)
        caught = SIGPIPE;
}

void cli_pipe_ignore(bool on)
{
    static struct sigaction before;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    if (on)
        sigaction(SIGPIPE, &ignore, &before);
    else
        sigaction(SIGPIPE, &before, NULL);
}

void cli_streams_open(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null",
                       fd == STDERR_FILENO ? O_WRONLY : O_RDONLY); /* takes the lowest number: fd */
}
