/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a long file with one column of values takes at most one and a half times the table that comes of
 * it, stamps and values, in whatever order its rows stand. */
#include "datasets/table/table.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

enum { ROWS = IS_SANITIZED ? 100000 : 1000000 }; /* memory is counted without sanitizers alone */

/* Series and their stamps; one times the other is ROWS. */
static unsigned ids, stamps;

typedef enum order { BY_SERIES, BY_TIME, SHUFFLED_IN_TIME, SHUFFLED } order;
typedef enum form { ISO, DAY_FIRST, WITH_ZONE } form;

/* The next of a sequence without habit. */
static unsigned draw(unsigned *x, unsigned limit)
{
    *x = *x * 1103515245u + 12345u;
    return (unsigned)(((uint64_t)(*x >> 8) * limit) >> 24);
}

static void shuffle(uint32_t *rows, unsigned count, unsigned *x)
{
    for (unsigned i = count - 1; i > 0; i--) {
        const unsigned k = draw(x, i + 1);
        const uint32_t t = rows[i];
        rows[i] = rows[k];
        rows[k] = t;
    }
}

static void put_stamp(FILE *file, form how, int t)
{
    const int day = how == DAY_FIRST ? t : t / 24, hour = t % 24;
    const int year = 2001 + day / 336, month = day / 28 % 12 + 1, date = day % 28 + 1;
    if (how == DAY_FIRST)
        fprintf(file, "%02d/%02d/%d", date, month, year);
    else
        fprintf(file, "%d-%02d-%02dT%02d:00:00%s", year, month, date, hour, how == WITH_ZONE ? "+02:00" : "");
}

static double value_of(int id, int t)
{
    return id * 7 % 100 + t % 97 * 0.25;
}

static const char *write_file(order rows_by, form how)
{
    uint32_t *rows = malloc(ROWS * sizeof *rows);
    FILE *file = fopen(csv_in_folder("long.csv"), "w");
    unsigned x = 5;
    assert_true(rows && file);
    for (unsigned i = 0; i < ROWS; i++)
        rows[i] = rows_by == BY_SERIES ? i : i % ids * stamps + i / ids;
    for (unsigned t = 0; t < stamps && rows_by == SHUFFLED_IN_TIME; t++)
        shuffle(rows + t * ids, ids, &x);
    if (rows_by == SHUFFLED)
        shuffle(rows, ROWS, &x);
    fprintf(file, "unique_id,ds,y\n");
    for (int i = 0; i < ROWS; i++) {
        const int id = (int)(rows[i] / stamps), t = (int)(rows[i] % stamps);
        fprintf(file, "s%d,", id);
        put_stamp(file, how, t);
        fprintf(file, ",%.2f\n", value_of(id, t));
    }
    assert_int_equal(fclose(file), 0);
    free(rows);
    return csv_path;
}

static double peak(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss * 1024;
}

/* The sum of what differs from the values that were written, so that a table in the wrong order shows. */
static double error_of(const ds_table *t)
{
    double error = 0;
    for (int i = 0; i < t->columns; i++)
        for (size_t r = 0; r < t->rows; r++) {
            const double d =
                t->values[r * (size_t)t->columns + (size_t)i] - value_of(atoi(t->names[i] + 1), (int)r);
            error += d * d;
        }
    return error;
}

/* In a process of its own, whose peak nothing else has raised. */
static double measure(const char *path)
{
    int ends[2];
    double ratio = -1;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const ds_read_options options = {.on_gap = DS_KEEP};
        ds_table *table;
        nn_error error = {0};
        const double before = peak();
        if (ds_table_read(&table, path, &options, &error) == NN_OK)
            ratio = (peak() - before) / (8.0 * (double)table->rows * (table->columns + 1));
        else
            fprintf(stderr, "%s\n", error.text);
        ratio = ratio > 0 && (table->rows != stamps || table->columns != (int)ids || error_of(table) > 0)
                    ? -2
                    : ratio;
        _exit(write(ends[1], &ratio, sizeof ratio) == sizeof ratio ? 0 : 1);
    }
    assert_int_equal(read(ends[0], &ratio, sizeof ratio), sizeof ratio);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    close(ends[1]);
    return ratio;
}

static void long_files_take_little_more_than_their_table(void **state)
{
    (void)state;
    static const struct {
        order order;
        form form;
        const char *what;
        unsigned ids;
    } files[] = {{BY_SERIES, ISO, "by series", 500},
                 {BY_TIME, ISO, "by time", 500},
                 {SHUFFLED_IN_TIME, ISO, "by time, shuffled within", 500},
                 {SHUFFLED, ISO, "shuffled", 500},
                 {SHUFFLED, DAY_FIRST, "shuffled, day first", 500},
                 {SHUFFLED, WITH_ZONE, "shuffled, with a zone", 500},
                 {BY_SERIES, ISO, "20 series", 20},
                 {SHUFFLED, ISO, "20 series, shuffled", 20},
                 {SHUFFLED, DAY_FIRST, "20 series, shuffled, day first", 20},
                 {BY_SERIES, ISO, "4 series", 4},
                 {SHUFFLED, ISO, "4 series, shuffled", 4}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ids = files[i].ids;
        stamps = ROWS / ids;
        const double ratio = measure(write_file(files[i].order, files[i].form));
        print_message("%-31s %.2f of the table\n", files[i].what, ratio);
        assert_true(ratio > 0);
        /* Pieces of a file are of one size, however large it is. */
        const double table = 8.0 * (double)stamps * (ids + 1), pieces = 1e6;
        assert_true(IS_SANITIZED || ratio <= 1.5 + pieces / table);
    }
}

/* Duplicates of which one is taken, and stamps whose order shows late, must not be mistaken. */
static void day_first_shows_late_in_a_long_file(void **state)
{
    (void)state;
    const char *text = "unique_id,ds,y\nA,03/02/2024,2\nA,01/02/2024,9\nA,01/02/2024,1\nB,02/02/2024,5\n"
                       "B,13/02/2024,6\nA,02/03/2024,4\nA,13/02/2024,3\n";
    ds_read_options options = {.on_gap = DS_KEEP, .on_missing = DS_KEEP};
    ds_table *t;
    nn_error error = {0};
    for (int first = 0; first < 2; first++) {
        options.on_duplicate = first ? DS_FIRST : DS_LAST;
        if (ds_table_read(&t, csv_write(text), &options, &error))
            fail_msg("%s", error.text);
        assert_int_equal(t->rows, 5);
        assert_int_equal(t->report.duplicates, 1);
        char stamp[64];
        ds_time_print_iso(t->time[4], false, stamp, sizeof stamp);
        assert_string_equal(stamp, "2024-03-02");
        assert_true(t->values[0] == (first ? 9 : 1) && t->values[2 * 2] == 2 && t->values[4 * 2] == 4);
        assert_true(t->values[1 * 2 + 1] == 5 && t->values[3 * 2 + 1] == 6);
        ds_table_free(t);
    }
}

static int cleanup(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    /* Else memory that is never used would be written to, by a variable that meson sets, and count. */
    mallopt(M_PERTURB, 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(long_files_take_little_more_than_their_table),
                                       cmocka_unit_test(day_first_shows_late_in_a_long_file)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
