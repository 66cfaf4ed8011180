/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs gnuplot on a script and takes its output or its complaint. */
#include "plots/run.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_WORDS = 4096, CHUNK = 1 << 16 };
static const size_t most_picture = (size_t)512 << 20;

typedef struct child {
    pid_t pid;
    int script, picture, words; /* our ends; -1: closed */
    size_t sent, drawn;
    char said[MOST_WORDS]; /* the beginning of what it wrote to standard error */
    size_t said_length;
    size_t blanks; /* text art: blanks held back until the line goes on */
} child;

extern char **environ;

/* What would make gnuplot draw otherwise: its terminal, its folders of scripts and fonts. The caller frees
 * the list; NULL: no memory. */
static char **clean_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ && environ[count])
        count++;
    char **clean = malloc((count + 1) * sizeof *clean);
    for (size_t i = 0; i < count && clean; i++)
        if (strncmp(environ[i], "GNUTERM=", 8) != 0 && strncmp(environ[i], "GNUPLOT_", 8) != 0)
            clean[kept++] = environ[i];
    if (clean)
        clean[kept] = NULL;
    return clean;
}

/* Where gnuplot is: the first folder of PATH that is named by an absolute path and has it. The working folder
 * is never looked into. False: nowhere. */
static bool find_gnuplot(char *path, size_t size)
{
    const char *folder = getenv("PATH");
    for (folder = folder ? folder : "/usr/local/bin:/usr/bin:/bin"; *folder;) {
        const int length = (int)strcspn(folder, ":");
        const int n = snprintf(path, size, "%.*s/gnuplot", length, folder);
        if (*folder == '/' && n > 0 && (size_t)n < size && access(path, X_OK) == 0)
            return true;
        folder += length + (folder[length] == ':');
    }
    return false;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Pairs of descriptors above 2, so that laying them on 0, 1 and 2 of the child cannot cover one by another. A
 * socket for the script, because a write to it can be asked not to raise SIGPIPE. */
static int open_pair(int ends[2], bool is_socket)
{
    if (is_socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC)) {
        ends[0] = ends[1] = -1;
        return -1;
    }
    for (int i = 0; i < 2; i++)
        if (ends[i] <= 2) {
            int raised = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
            close(ends[i]);
            if ((ends[i] = raised) < 0)
                return -1;
        }
    return 0;
}

/* Returns 0 or an errno. The child gets default signals and a process group of its own, to be killed as a
 * whole. */
static int spawn(pid_t *pid, const char *program, int in, int out, int words)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&how)) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    char *arguments[] = {(char *)program, (char[]){"-d"}, (char[]){"-"}, NULL};
    int failed = posix_spawn_file_actions_adddup2(&actions, in, 0);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, out, 1);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, words, 2);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    char **environment = clean_environment();
    if (!failed)
        failed = environment ? posix_spawnp(pid, program, &actions, &how, arguments, environment) : ENOMEM;
    free(environment);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int cannot_start(const char *program, bool chosen, int reason, nn_error *error)
{
    if (reason == ENOENT && chosen)
        return nn_fail(error, NN_FAILED, "%s, named by AUSPEX_GNUPLOT, does not exist", program);
    if (reason == ENOENT)
        return nn_fail(error, NN_FAILED, "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    return nn_fail(error, NN_FAILED, "%s cannot be started: %s", program, strerror(reason));
}

static int start(child *c, nn_error *error)
{
    const char *chosen = getenv("AUSPEX_GNUPLOT");
    char found[PATH_MAX];
    if (!(chosen && *chosen) && !find_gnuplot(found, sizeof found))
        return cannot_start("gnuplot", false, ENOENT, error);
    const char *program = chosen && *chosen ? chosen : found;
    int in[2] = {-1, -1}, out[2] = {-1, -1}, words[2] = {-1, -1};
    int failed = open_pair(in, true) || open_pair(out, false) || open_pair(words, false) ? errno : 0;
    if (!failed)
        failed = spawn(&c->pid, program, in[1], out[1], words[1]);
    close_end(&in[1]);
    close_end(&out[1]);
    close_end(&words[1]);
    if (failed) {
        close_end(&in[0]);
        close_end(&out[0]);
        close_end(&words[0]);
        return cannot_start(program, chosen && *chosen, failed, error);
    }
    c->script = in[0];
    c->picture = out[0];
    c->words = words[0];
    return NN_OK;
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void send_script(child *c, const char *script, size_t length)
{
    ssize_t n = send(c->script, script + c->sent, length - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        c->sent += (size_t)n;
    /* A child that no longer listens says why on standard error. */
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || c->sent == length)
        close_end(&c->script);
}

static void copy_text(child *c, const char *text, size_t length, FILE *out)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\f')
            continue;
        if (text[i] == ' ') {
            c->blanks++;
            continue;
        }
        for (; c->blanks && text[i] != '\n'; c->blanks--)
            fputc(' ', out);
        c->blanks = 0;
        fputc(text[i], out);
    }
}

static int take_picture(child *c, char *chunk, bool text_art, FILE *out, nn_error *error)
{
    ssize_t n = read(c->picture, chunk, CHUNK);
    if (n < 0 && errno == EINTR)
        return NN_OK;
    if (n <= 0) {
        close_end(&c->picture);
        return NN_OK;
    }
    c->drawn += (size_t)n;
    if (c->drawn > most_picture)
        return nn_fail(error, NN_FAILED, "the picture would have more than %zu MiB", most_picture >> 20);
    if (text_art)
        copy_text(c, chunk, (size_t)n, out);
    else
        fwrite(chunk, 1, (size_t)n, out);
    return NN_OK;
}

static void take_words(child *c, char *chunk)
{
    ssize_t n = read(c->words, chunk, CHUNK);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        close_end(&c->words);
        return;
    }
    size_t room = sizeof c->said - 1 - c->said_length;
    size_t taken = (size_t)n < room ? (size_t)n : room;
    memcpy(c->said + c->said_length, chunk, taken);
    c->said_length += taken;
}

static int did_not_end(nn_error *error)
{
    return nn_fail(error, NN_FAILED, "gnuplot did not come to an end");
}

/* Until both of the child's streams have ended. */
static int converse(child *c, const char *script, size_t length, bool text_art, FILE *out, int64_t end,
                    nn_error *error)
{
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return nn_fail(error, NN_FAILED, "no memory to draw a picture");
    int code = NN_OK;
    while (!code && (c->picture >= 0 || c->words >= 0)) {
        int64_t left = end - milliseconds();
        struct pollfd fds[3] = {{c->script, POLLOUT, 0}, {c->picture, POLLIN, 0}, {c->words, POLLIN, 0}};
        int ready = left > 0 ? poll(fds, 3, (int)left) : 0;
        if (ready == 0)
            code = did_not_end(error);
        if (ready < 0 && errno != EINTR)
            code = nn_fail(error, NN_FAILED, "%s", strerror(errno));
        if (ready <= 0)
            continue;
        if (fds[0].revents)
            send_script(c, script, length);
        if (fds[1].revents)
            code = take_picture(c, chunk, text_art, out, error);
        if (fds[2].revents)
            take_words(c, chunk);
    }
    free(chunk);
    return code;
}

/* gnuplot shows the offending line, a caret, and then `line 7: what is wrong`: that one is worth reporting.
 */
static const char *complaint(child *c)
{
    c->said[c->said_length] = '\0';
    char *best = NULL;
    char *rest = NULL;
    for (char *line = strtok_r(c->said, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        while (isspace((unsigned char)*line))
            line++;
        const char *number = strstr(line, "line ");
        if (number && isdigit((unsigned char)number[5]) && !strstr(line, "warning:"))
            return line;
        if (*line && !best)
            best = line;
    }
    return best ? best : "it gave no reason";
}

/* Waits as long as the limit allows: a child that closed its streams may still be busy. */
static int reap(child *c, int64_t end, bool kill_it)
{
    int status = 0;
    for (;;) {
        if (kill_it)
            kill(-c->pid, SIGKILL);
        pid_t got = waitpid(c->pid, &status, kill_it ? 0 : WNOHANG);
        if (got == c->pid)
            return status;
        if (got < 0 && errno != EINTR)
            return 0; /* its status went elsewhere; what it drew tells */
        kill_it = kill_it || milliseconds() >= end;
        if (got == 0 && !kill_it)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
}

int pl_run(const char *script, size_t length, bool text_art, FILE *out, int limit, nn_error *error)
{
    child *c = calloc(1, sizeof *c);
    if (!c)
        return nn_fail(error, NN_FAILED, "no memory to draw a picture");
    int64_t end = milliseconds() + limit;
    int code = start(c, error);
    if (!code) {
        code = converse(c, script, length, text_art, out, end, error);
        close_end(&c->script);
        close_end(&c->picture);
        close_end(&c->words);
        int status = reap(c, end, code != NN_OK);
        if (!code && WIFSIGNALED(status) && milliseconds() >= end)
            code = did_not_end(error);
        if (!code && (status || !c->drawn))
            code = nn_fail(error, NN_FAILED, "gnuplot: %s", complaint(c));
    }
    free(c);
    return code;
}
