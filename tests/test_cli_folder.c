/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves from the files of a folder, through the program: as one file gives, and what stops or is left
 * out. */
#include "cmocka_all.h"
#include "sky_file.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OBJECTS = 40 };

static void says(const char *words, int status, const char *text)
{
    program_result r = program_run(words, NULL);
    if (r.status != status || (!strstr(r.out, text) && !strstr(r.err, text)))
        fail_msg("auspex %s: %d, not %d with '%s':\n%s%s", words, r.status, status, text, r.out, r.err);
    program_result_free(&r);
}

/* Kept whole, for gcc takes the inlined text for a dangling one. */
__attribute__((noinline)) static char *rows_of(int first, int count)
{
    return sky_text(first, count);
}

/* The rows of one object without its id, under a name that sorts as its number does. */
static void write_object(const char *folder, int n, const char *more)
{
    char name[200], *text = NULL;
    size_t size;
    const toy_object o = toy_make(n);
    FILE *file = open_memstream(&text, &size);
    fputs(n % 2 ? "mjd,band,flux,flux_err,detected\n" : "filter;mjd;flux;flux_err;detected\n", file);
    for (int i = 0; i < TOY_POINTS; i++)
        if (n % 2)
            fprintf(file, "%.4f,%s,%.4f,%.4f,%d\n", o.time[i], o.band[i] ? "r" : "g", o.flux[i], o.error[i],
                    o.detected[i]);
        else
            fprintf(file, "%s;%.4f;%.4f;%.4f;%d\n", o.band[i] ? "r" : "g", o.time[i], o.flux[i], o.error[i],
                    o.detected[i]);
    fputs(more, file);
    fclose(file);
    snprintf(name, sizeof name, "%s/toy%d.csv", folder, n);
    program_write(name, text, size);
    free(text);
}

static void empty(const char *folder)
{
    DIR *open = opendir(folder);
    assert_non_null(open);
    char path[400];
    for (const struct dirent *entry; (entry = readdir(open));) {
        snprintf(path, sizeof path, "%s/%.200s", folder, entry->d_name);
        if (unlink(path) && entry->d_name[0] != '.')
            rmdir(path);
    }
    closedir(open);
    rmdir(folder);
}

/* Standard output of both, line by line in any order: byte order puts toy10 before toy2. */
static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(char *text)
{
    char *lines[4 * OBJECTS], *to = calloc(1, strlen(text) + 2);
    size_t n = 0;
    for (char *line; (line = strsep(&text, "\n")) && n < 4 * OBJECTS;)
        lines[n++] = line;
    qsort(lines, n, sizeof *lines, compare_lines);
    for (size_t i = 0; i < n; i++)
        strcat(strcat(to, lines[i]), *lines[i] ? "\n" : "");
    return to;
}

static void same(const char *words_file, const char *words_folder)
{
    program_result a = program_expect(words_file, 0), b = program_expect(words_folder, 0);
    char *x = sorted(a.out), *y = sorted(b.out);
    assert_true(strlen(x) > 100);
    assert_string_equal(x, y);
    free(x);
    free(y);
    program_result_free(&a);
    program_result_free(&b);
}

static void test_as_one_file(void **context)
{
    (void)context;
    says("inspect many --id-from name", 0, "  objects    40, of 40 to 40 points\n");
    says("inspect many --id-from name", 0, "many: 40 files of photometry as one, from 'toy0.csv' on");
    says("inspect many --id-from name", 0,
         "many: 3 others, which are no photometry by their names, are skipped");
    says("inspect many/ --id-from name", 0,
         "20 of 40 files have other columns or units than the first (such as 'toy1.csv')");
    same("features sky.csv", "features many --id-from name");
    same("period sky.csv", "period many --id-from name");
    says("train many --id-from name --metadata meta.csv --label type --model t2 --redshift none --epochs 2 "
         "--seed 1 -o "
         "m.st",
         0, "40 light curves read");
    same("classify sky.csv m.st", "classify many m.st --id-from name");
    says("evaluate many m.st --id-from name --metadata meta.csv", 0, "class, called");
    says("early many m.st --id-from name --metadata meta.csv --days 10", 0, "10");
    says("plot lightcurve many --id-from name --id toy7 -o p.svg", 0, "p.svg");
    says("inspect many/toy3.csv --id-from name --photometry", 0, "  objects    1, of 40 to 40 points\n");
}

static void test_backtest(void **context)
{
    (void)context;
    says("backtest many --id-from name --metadata meta.csv --label type --model t2 --redshift none --epochs "
         "1 --folds 2",
         0, "fold");
}

static void test_bands(void **context)
{
    (void)context;
    program_write("many/zz.csv", "mjd,band,flux,flux_err\n59000,Q,1,1\n", 35);
    says("classify many m.st --id-from name --unknown-bands error", 3,
         "many/zz.csv:2:2: band 'Q' is none of");
    says("features many --id-from name", 3, "many/zz.csv:2:2: band 'Q' is none of");
    says("features many --id-from name", 3, "--bands NAME=ANGSTROM,...");
    says("features many --id-from name --bands g=4802,r=6231,Q=9000", 0, "zz,");
    unlink("many/zz.csv");
}

static void test_trouble(void **context)
{
    (void)context;
    says("inspect many --photometry", 3, "many/toy0.csv:1: no column of object ids");
    says("inspect many --id-from name --id-column band", 2, "do not go together");
    says("inspect nothing", 3, "nothing: cannot be opened");
    assert_int_equal(mkdir("bare", 0700), 0);
    says("inspect bare --photometry", 3, "bare: is a folder without a file of photometry");
    says("inspect bare", 3, "bare: is a folder, not a file");
    char *text = rows_of(0, 2);
    program_write("bare/a.csv", text, strlen(text));
    program_write("bare/b.csv", text, strlen(text));
    free(text);
    says("inspect bare", 3, "bare/b.csv:2: object 'toy0' stands in a file before this one, too");
    says("inspect bare --grouping alerts", 0, "  objects    4, of 40 to 40 points\n");
    empty("bare");
    says("features many", 3, "no column of object ids");
}

static void test_bad_rows(void **context)
{
    (void)context;
    write_object("many", 5, "59999,oops\n59999,r,oops,1,1\n");
    says("features many --id-from name", 3, "many/toy5.csv:42:2: 2 fields where the header has 5");
    program_result r = program_run("features many --id-from name", NULL);
    assert_non_null(strstr(r.out, "\ntoy4,")); /* whole before the trouble; toy5 is not */
    assert_null(strstr(r.out, "\ntoy5,"));
    program_result_free(&r);
    same("features sky.csv", "features many --id-from name --bad-rows skip");
    says("features many --id-from name --bad-rows skip", 0,
         "many: 2 rows that cannot be read are left out; the first: many/toy5.csv:42:2: 2 fields");
    says("inspect many --id-from name --bad-rows skip --json", 0, "\"bad_rows\": 2");
    program_write("many/aa.txt", "no photometry at all\n", 21);
    says("features many --id-from name", 3, "many/aa.txt:1:");
    same("features sky.csv", "features many --id-from name --bad-rows skip");
    says("features many --id-from name --bad-rows skip", 0,
         "many: 1 files cannot be read and are left out; the first: many/aa.txt:1:");
    unlink("many/aa.txt");
    write_object("many", 5, "");
    says("features many/toy5.csv --id-from name --bad-rows skip", 0, "toy5,");
    program_write("bad.csv", "object_id,mjd,band,flux,flux_err\na,1,r,x,1\nb,1,r,2\n", 51);
    says("inspect bad.csv --photometry --bad-rows skip", 3,
         "bad.csv: none of 2 rows can be read; the first: bad.csv:2:4: 'x'");
}

/* A row that cannot be read, of another object, ends the one before. */
static void test_stream(void **context)
{
    (void)context;
    char *text = rows_of(0, 3);
    const size_t length = strlen(text);
    char *more = calloc(1, length + 100);
    snprintf(more, length + 100, "%sx,oops,r,5,5,1\n", text);
    program_result r = program_run("features -", more);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.out, "\ntoy2,"));
    assert_non_null(strstr(r.err, "'oops' is not a number"));
    program_result_free(&r);
    char *again = rows_of(3, 1);
    const char *rows = strchr(again, '\n') + 1;
    more = realloc(more, length + strlen(again) + 100);
    strcat(more, rows);
    r = program_run("features - --bad-rows skip", more);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "\ntoy2,"));
    assert_non_null(strstr(r.out, "\ntoy3,"));
    assert_null(strstr(r.out, "\nx,"));
    assert_non_null(strstr(r.err, "1 rows that cannot be read are left out"));
    program_result_free(&r);
    free(again);
    free(more);
    free(text);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (program_set_up(argv[1]) || mkdir("many", 0700) || mkdir("many/sub.csv", 0700))
        return 1;
    sky_write(OBJECTS);
    for (int n = 0; n < OBJECTS; n++)
        write_object("many", n, "");
    program_write("many/.hidden.csv", "x\n", 2);
    program_write("many/README.md", "x\n", 2);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_one_file), cmocka_unit_test(test_backtest),
                                       cmocka_unit_test(test_bands),       cmocka_unit_test(test_trouble),
                                       cmocka_unit_test(test_bad_rows),    cmocka_unit_test(test_stream)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    empty("many");
    program_tear_down();
    return failed;
}
