/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are read: one that changes meanwhile, and pipes that are looked at more than once. */
#include "lib/files/inputs.h"

#include "datasets/text/source.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <fcntl.h>
#include <sys/stat.h>

/* change: '+' appends, '-' cuts, '=' leaves the file alone. */
static int read_while(char change, nn_error *error)
{
    enum { SIZE = 400000 };
    char *text = malloc(SIZE), chunk[4096];
    size_t got = 1;
    ds_source *source;
    assert_non_null(text);
    memset(text, 'a', SIZE);
    const char *path = csv_write_bytes("d.csv", text, SIZE);
    free(text);
    assert_int_equal(ds_source_open(&source, path, error), NN_OK);
    int code = ds_source_read(source, chunk, sizeof chunk, &got, error);
    FILE *file = change == '+' ? fopen(path, "a") : NULL;
    if (file) {
        fputs("more", file);
        fclose(file);
    }
    if (change == '-')
        assert_int_equal(truncate(path, SIZE / 2), 0);
    while (!code && got)
        code = ds_source_read(source, chunk, sizeof chunk, &got, error);
    ds_source_close(source);
    return code;
}

static void test_changes_are_noticed(void **state)
{
    (void)state;
    nn_error e = {0};
    assert_int_equal(read_while('=', &e), NN_OK);
    assert_int_equal(read_while('+', &e), NN_BAD_DATA);
    assert_non_null(strstr(e.text, "was changed by another program while it was read"));
    assert_int_equal(read_while('-', &e), NN_BAD_DATA);
    assert_non_null(strstr(e.text, "was changed by another program while it was read"));
}

static void test_pipes_are_kept(void **state)
{
    (void)state;
    char path[300], name[40], chunk[16];
    int ends[2];
    nn_error e = {0};
    snprintf(path, sizeof path, "%s", csv_write("a,b\n"));
    assert_int_equal(nn_input_keep(path, &e), NN_OK); /* nothing to do */
    assert_true(nn_input_again(path));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "c,d\n", 4), 4);
    close(ends[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    assert_false(nn_input_again(name));
    assert_int_equal(nn_input_keep(name, &e), NN_OK);
    assert_true(nn_input_again(name));
    for (int i = 0; i < 2; i++) {
        const int fd = nn_input_open(name, O_RDONLY);
        assert_int_equal(read(fd, chunk, sizeof chunk), 4);
        assert_memory_equal(chunk, "c,d\n", 4);
        close(fd);
    }
    close(ends[0]);
}

static void test_no_name(void **state)
{
    ds_source *source;
    nn_error e = {0};
    (void)state;
    assert_int_equal(ds_source_open(&source, "", &e), NN_BAD_DATA);
    assert_string_equal(e.text, "an empty name: cannot be opened: No such file or directory");
}

static int remove_folder(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes_are_noticed),
                                       cmocka_unit_test(test_pipes_are_kept), cmocka_unit_test(test_no_name)};
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
