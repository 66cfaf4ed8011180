/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected of reading a file of tests/cases or a small text, and the check of it. */
#ifndef TESTS_READING_FILE_H
#define TESTS_READING_FILE_H

#include "datasets/table/table.h"
#include "datasets/table/write.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

typedef struct expected {
    const char *file; /* in tests/cases; or, with a line feed in it, the text itself */
    ds_read_options options;
    const char *series; /* comma separated */
    size_t rows;
    const char *step;  /* of ds_frequency_print; NULL: not looked at */
    const char *next;  /* the line written one step after the last row, all values 0 */
    const char *notes; /* part of them; NULL: not looked at */
    const char *error; /* part of it, where the file is refused; all else is then not looked at */
} expected;

#define KEEP .on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP

static inline const char *path_of(const expected *e)
{
    static char path[400];
    if (strchr(e->file, '\n'))
        return csv_write(e->file);
    snprintf(path, sizeof path, "%s/tests/cases/%s", getenv("AUSPEX_SOURCE"), e->file);
    return path;
}

static inline void collect(void *context, const char *line)
{
    char *notes = context;
    const size_t used = strlen(notes);
    snprintf(notes + used, 4000 - used, "%s\n", line);
}

static inline void same(const expected *e, const char *what, const char *found, const char *wanted)
{
    if (strcmp(found, wanted) != 0)
        fail_msg("%.60s: %s is '%s', not '%s'", e->file, what, found, wanted);
}

static inline void check_series(const expected *e, const ds_table *t)
{
    char names[1000] = "";
    for (int i = 0; i < t->columns; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? "," : "", t->names[i]);
    same(e, "the series", names, e->series);
}

static inline void check_next(const expected *e, const ds_table *t)
{
    char *text = NULL;
    size_t size = 0;
    nn_error error = {0};
    int *columns = calloc((size_t)t->columns, sizeof *columns);
    double *zeros = calloc((size_t)t->columns, sizeof *zeros);
    assert_true(columns && zeros);
    for (int i = 0; i < t->columns; i++)
        columns[i] = i;
    const ds_time next = ds_time_add(t->frequency, t->time[t->rows - 1], 1);
    FILE *stream = open_memstream(&text, &size);
    assert_int_equal(ds_write_csv(stream, t, columns, t->columns, &next, NULL, zeros, 1, &error), NN_OK);
    fclose(stream);
    char *line = t->layout.headless ? text : strchr(text, '\n') + 1;
    line[strcspn(line, "\r\n")] = '\0';
    same(e, "the next line", line, e->next);
    free(text);
    free(columns);
    free(zeros);
}

static inline void check(const expected *e)
{
    ds_table *t = NULL;
    nn_error error = {0};
    const int code = ds_table_read(&t, path_of(e), &e->options, &error);
    if (e->error) {
        if (code == NN_OK || !strstr(error.text, e->error))
            fail_msg("%.60s: '%s' does not say '%s'", e->file, code ? error.text : "nothing", e->error);
        ds_table_free(t);
        return;
    }
    if (code)
        fail_msg("%.60s: %s", e->file, error.text);
    char step[32], notes[4000] = "";
    ds_table_notes(t, collect, notes);
    ds_frequency_print(t->frequency, step, sizeof step);
    check_series(e, t);
    if (e->step)
        same(e, "the step", step, e->step);
    if (t->rows != e->rows)
        fail_msg("%.60s: %zu rows, not %zu", e->file, t->rows, e->rows);
    if (e->next)
        check_next(e, t);
    if (e->notes && (*e->notes ? !strstr(notes, e->notes) : *notes != '\0'))
        fail_msg("%.60s: the notes '%s' do not say '%s'", e->file, notes, e->notes);
    ds_table_free(t);
}

static inline void check_all(const expected *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&list[i]);
}
#define CHECK(list) check_all(list, sizeof(list) / sizeof *(list))

#endif
