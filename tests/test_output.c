/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files appear whole or not at all. */
#include "lib/files/output.h"

#include "lib/files/inputs.h"
#include "lib/files/stray.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_output_XXXXXX";
static char target[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(target, sizeof target, "%s/a.csv", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(target);
    return rmdir(folder); /* fails where a temporary file was left behind */
}

static int files_in_folder(void)
{
    int count = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return count;
}

static void write_whole(const char *text)
{
    nn_error e = {0};
    nn_output *output = nn_output_open(target, &e);
    assert_non_null(output);
    fputs(text, nn_output_stream(output));
    if (nn_output_commit(output, &e))
        fail_msg("%s", e.text);
}

static void holds(const char *text)
{
    char got[64] = "";
    FILE *file = fopen(target, "r");
    assert_non_null(file);
    size_t n = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    got[n] = '\0';
    assert_string_equal(got, text);
}

static void test_commit_replaces(void **state)
{
    (void)state;
    mode_t mask = umask(027);
    write_whole("old");
    umask(mask);
    struct stat status;
    assert_int_equal(stat(target, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(chmod(target, 0604), 0);
    nn_output *output = nn_output_open(target, NULL);
    assert_non_null(output);
    assert_string_not_equal(nn_output_path(output), target);
    fputs("new", nn_output_stream(output));
    fflush(nn_output_stream(output));
    holds("old");
    assert_int_equal(nn_output_commit(output, NULL), NN_OK);
    holds("new");
    assert_int_equal(stat(target, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0604);
    assert_int_equal(files_in_folder(), 1);
}

static void test_abandon(void **state)
{
    (void)state;
    write_whole("old");
    nn_output *output = nn_output_open(target, NULL);
    fputs("half", nn_output_stream(output));
    assert_int_equal(files_in_folder(), 2);
    nn_output_abandon(output);
    nn_output_abandon(NULL);
    assert_int_equal(files_in_folder(), 1);
    holds("old");
}

static void test_abandon_all(void **state)
{
    (void)state;
    nn_output *a = nn_output_open(target, NULL), *b = nn_output_open(target, NULL);
    nn_error e = {0};
    assert_int_equal(files_in_folder(), 2);
    nn_output_abandon_all();
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(nn_output_commit(a, &e), NN_FAILED);
    nn_output_abandon(b);
    write_whole("later");
    nn_output_abandon_all();
    holds("later");
}

static void test_many_open(void **state)
{
    (void)state;
    nn_output *open[80];
    int count = 0;
    nn_error e = {0};
    while (count < 80 && (open[count] = nn_output_open(target, &e)))
        count++;
    assert_int_equal(count, 64);
    assert_non_null(strstr(e.text, target));
    for (int i = 0; i < count; i++)
        nn_output_abandon(open[i]);
    write_whole("works again");
}

static void test_symbolic_link(void **state)
{
    (void)state;
    char link[64];
    struct stat status;
    write_whole("old");
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("a.csv", link), 0);
    nn_output *output = nn_output_open(link, NULL);
    fputs("new", nn_output_stream(output));
    assert_int_equal(nn_output_commit(output, NULL), NN_OK);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    holds("new");
    unlink(link);
}

static void refused(const char *path, const char *reason)
{
    nn_error e = {0};
    assert_null(nn_output_open(path, &e));
    assert_int_equal(e.code, NN_FAILED);
    assert_non_null(strstr(e.text, path));
    assert_non_null(strstr(e.text, reason));
}

static void test_bad_paths(void **state)
{
    (void)state;
    char missing[96];
    snprintf(missing, sizeof missing, "%s/none/a.csv", folder);
    refused(missing, "folder does not exist");
    refused(folder, "is a folder");
    refused("nowhere/", "is a folder");
    refused("", "empty name");
    write_whole("x");
    snprintf(missing, sizeof missing, "%s/b.csv", target);
    refused(missing, "Not a directory");
}

static void test_full_device(void **state)
{
    (void)state;
    nn_error e = {0};
    nn_output *output = nn_output_open("/dev/full", &e);
    if (!output)
        skip();
    assert_string_equal(nn_output_path(output), "/dev/full");
    fputs("x", nn_output_stream(output));
    assert_int_equal(nn_output_commit(output, &e), NN_FAILED);
    assert_non_null(strstr(e.text, "No space left"));
    output = nn_output_open("/dev/null", &e);
    assert_non_null(output);
    assert_int_equal(nn_output_commit(output, &e), NN_OK);
}

static void test_size_limit(void **state)
{
    (void)state;
    write_whole("old");
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 8192;
    signal(SIGXFSZ, SIG_IGN);
    nn_error e = {0};
    nn_output *output = nn_output_open(target, &e);
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 100000; i++)
        fputs("0123456789", nn_output_stream(output));
    int code = nn_output_commit(output, &e);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(code, NN_FAILED);
    assert_non_null(strstr(e.text, target));
    assert_non_null(strstr(e.text, "File too large"));
    assert_int_equal(files_in_folder(), 1);
    holds("old");
}

static void test_other_bytes_are_noticed(void **state)
{
    (void)state;
    write_whole("old");
    for (int shorter = 0; shorter < 2; shorter++) {
        nn_error e = {0};
        nn_output *output = nn_output_open(target, &e);
        fputs("new", nn_output_stream(output));
        assert_int_equal(nn_output_sync(output, &e), NN_OK);
        int fd = open(nn_output_path(output), O_WRONLY);
        assert_true(fd >= 0);
        assert_int_equal(shorter ? ftruncate(fd, 2) : pwrite(fd, "x", 1, 1) - 1, 0);
        close(fd);
        assert_int_equal(nn_output_commit(output, &e), NN_FAILED);
        assert_non_null(strstr(e.text, "reading back"));
        assert_int_equal(files_in_folder(), 1);
        holds("old");
    }
}

static void test_inputs_are_refused(void **state)
{
    (void)state;
    struct stat status;
    char link_name[64];
    write_whole("data");
    snprintf(link_name, sizeof link_name, "%s/link", folder);
    assert_int_equal(stat(target, &status), 0);
    nn_output *early = nn_output_open(target, NULL);
    nn_input_note(&status);
    for (int hard = 0; hard < 2; hard++) {
        assert_int_equal(hard ? link(target, link_name) : symlink("a.csv", link_name), 0);
        refused(link_name, "is read");
        unlink(link_name);
    }
    refused(target, "is read");
    nn_error e = {0};
    fputs("new", nn_output_stream(early));
    assert_int_equal(nn_output_commit(early, &e), NN_FAILED);
    assert_non_null(strstr(e.text, "is read"));
    holds("data");
    assert_int_equal(files_in_folder(), 1);
    nn_inputs_forget();
    write_whole("new");
    holds("new");
}

static void test_links_to_nothing_are_refused(void **state)
{
    (void)state;
    char name[64];
    struct stat status;
    static const char *const to[] = {"nothing", "link"};
    snprintf(name, sizeof name, "%s/link", folder);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(symlink(to[i], name), 0);
        refused(name, "leads to no file");
        assert_int_equal(lstat(name, &status), 0);
        assert_true(S_ISLNK(status.st_mode));
        unlink(name);
    }
}

/* Of a run that is killed with an output open, in a process of its own. */
static pid_t leave_one_open(bool stay)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        nn_output *output = nn_output_open(target, NULL);
        byte = output != NULL;
        if (write(ready[1], &byte, 1) == 1 && stay)
            pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(byte, 1);
    if (!stay)
        waitpid(pid, NULL, 0);
    return pid;
}

static void test_left_over_files_are_removed(void **state)
{
    (void)state;
    const int before = nn_stray_removed();
    const pid_t pid = leave_one_open(true);
    leave_one_open(false);
    assert_int_equal(files_in_folder(), 2);
    write_whole("new"); /* that of the process that is still at work stays */
    assert_int_equal(files_in_folder(), 2);
    assert_int_equal(nn_stray_removed(), before + 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    leave_one_open(false);
    assert_int_equal(files_in_folder(), 3); /* it knows the folder from its parent */
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));)
        if (strstr(entry->d_name, ".tmp"))
            unlinkat(dirfd(d), entry->d_name, 0);
    closedir(d);
    holds("new");
}

static void leave(int number)
{
    (void)number;
    nn_output_abandon_all();
    _exit(130);
}

static void *idle(void *context)
{
    pthread_barrier_wait(context);
    for (;;)
        pause();
    return context;
}

/* Opens files until a signal ends it; a second thread could take the signal. */
static void open_for_ever(void)
{
    pthread_t thread;
    pthread_barrier_t started;
    signal(SIGTERM, leave);
    if (pthread_barrier_init(&started, NULL, 2) || pthread_create(&thread, NULL, idle, &started))
        _exit(1);
    pthread_barrier_wait(&started);
    for (;;)
        nn_output_abandon(nn_output_open(target, NULL));
}

static void test_signal_at_any_time(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            open_for_ever();
        int status;
        usleep(3000 + (unsigned)(i * 7919 % 1000));
        kill(child, SIGTERM);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(files_in_folder(), 0);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_commit_replaces),
        CASE(test_abandon),
        CASE(test_abandon_all),
        CASE(test_signal_at_any_time),
        CASE(test_many_open),
        CASE(test_symbolic_link),
        CASE(test_bad_paths),
        CASE(test_full_device),
        CASE(test_size_limit),
        CASE(test_other_bytes_are_noticed),
        CASE(test_inputs_are_refused),
        CASE(test_links_to_nothing_are_refused),
        CASE(test_left_over_files_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
