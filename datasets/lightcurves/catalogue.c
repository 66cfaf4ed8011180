/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of objects, one row each, or photometry whose rows tell of their objects. */
#include "datasets/lightcurves/catalogue.h"

#include "datasets/lightcurves/catalogue_names.h"
#include "datasets/lightcurves/fits.h"
#include "datasets/lightcurves/survey.h"
#include "datasets/text/encoding.h"
#include "datasets/text/scan.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

typedef struct numbers {
    char *name;
    int column;
    bool redshift; /* -9 and the like stand for none */
    double *value; /* rows */
} numbers;

typedef struct categories {
    char *name;
    int column;
    int *value;     /* rows; -1: missing */
    nn_names words; /* distinct values */
} categories;

struct ds_catalogue {
    const char *name; /* while reading */
    ds_catalogue_options options;
    nn_error *error;
    int columns; /* of the file; 0 before the header */
    int id_column;
    nn_names ids; /* index: row */
    size_t *line;
    size_t rows, room;
    numbers *numbers;
    categories *categories;
    int number_count, category_count;
};

static int no_memory(ds_catalogue *c)
{
    return nn_fail(c->error, NN_FAILED, "%s: no memory", c->name);
}

/* --- the header --- */

static int fail_absent(ds_catalogue *c, const char *name, size_t length, const ds_field *fields, int count)
{
    char names[500] = "";
    size_t at = 0;
    for (int i = 0; i < count && at < sizeof names - 1; i++) {
        const int n = snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "",
                               NN_SHOWN(100, fields[i].text, fields[i].length));
        at += n > 0 ? (size_t)n : 0;
    }
    if (c->options.absent)
        *c->options.absent = true;
    return nn_fail(c->error, NN_USAGE, "%s: there is no column '%s'; the columns are %s%s", c->name,
                   NN_SHOWN(200, name, length), names, at >= sizeof names ? " ..." : "");
}

static int choose_id(ds_catalogue *c, const ds_field *fields, int count)
{
    const char *given = c->options.id;
    c->id_column = given ? ds_catalogue_column(fields, count, given, strlen(given)) : -1;
    if (given && c->id_column < 0)
        return fail_absent(c, given, strlen(given), fields, count);
    ds_photometry_role part;
    const char *usual;
    for (int i = 0; (usual = ds_usual_name(i, &part)) && c->id_column < 0; i++)
        if (part == DS_PART_ID)
            c->id_column = ds_catalogue_column(fields, count, usual, strlen(usual));
    if (c->id_column < 0 && c->options.absent)
        *c->options.absent = true;
    return c->id_column >= 0 ? NN_OK
                             : nn_fail(c->error, NN_BAD_DATA,
                                       "%s:1: no column of object ids (object_id, diaObjectId, SNID, oid, "
                                       "objectId, unique_id)",
                                       c->name);
}

static int count_items(const char *list)
{
    const char *item;
    size_t length;
    int n = 0;
    while (nn_list_next(&list, &item, &length))
        n++;
    return n;
}

/* A quantity that goes by many names is the file's lack; another name is the caller's. */
static int fail_number(ds_catalogue *c, const char *item, size_t length, const ds_field *fields, int count)
{
    const char *column;
    bool is_error;
    const char *meaning = ds_catalogue_quantity(item, length, &column, &is_error);
    if (meaning)
        return nn_fail(c->error, NN_BAD_DATA, "%s:1: no column of %s%s (%.*s, %s%s and others)%s%s", c->name,
                       is_error ? "the error of " : "", meaning, (int)length, item, column,
                       is_error ? "_err" : "", c->options.hint ? "; " : "",
                       c->options.hint ? c->options.hint : "");
    return fail_absent(c, item, length, fields, count);
}

static int choose_numbers(ds_catalogue *c, const ds_field *fields, int count)
{
    const char *cursor = c->options.numbers, *item;
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        numbers *n = &c->numbers[c->number_count];
        n->column = ds_catalogue_number_column(fields, count, item, length, &n->redshift);
        if (n->column < 0 && !c->options.numbers_optional)
            return fail_number(c, item, length, fields, count);
        n->name = n->column < 0 ? nn_text_copy(item, length)
                                : nn_text_copy(fields[n->column].text, fields[n->column].length);
        if (!n->name)
            return no_memory(c);
        c->number_count++;
    }
    return NN_OK;
}

static int choose_categories(ds_catalogue *c, const ds_field *fields, int count)
{
    const char *cursor = c->options.categories, *item;
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        categories *k = &c->categories[c->category_count];
        k->column = ds_catalogue_column(fields, count, item, length);
        if (k->column < 0)
            return fail_absent(c, item, length, fields, count);
        k->name = nn_text_copy(fields[k->column].text, fields[k->column].length);
        if (!k->name)
            return no_memory(c);
        c->category_count++;
    }
    return NN_OK;
}

static int take_header(ds_catalogue *c, const ds_field *fields, int count)
{
    c->columns = count;
    int code = choose_id(c, fields, count);
    if (code)
        return code;
    c->numbers = calloc((size_t)count_items(c->options.numbers) + 1, sizeof *c->numbers);
    c->categories = calloc((size_t)count_items(c->options.categories) + 1, sizeof *c->categories);
    if (!c->numbers || !c->categories)
        return no_memory(c);
    code = choose_categories(c, fields, count);
    return code ? code : choose_numbers(c, fields, count);
}

/* --- rows --- */

static bool grow(ds_catalogue *c)
{
    const size_t room = c->room + c->room / 2 + 256;
    size_t *line = nn_resize(c->line, room, sizeof *line, 1);
    if (!line)
        return false;
    c->line = line;
    for (int k = 0; k < c->number_count; k++) {
        double *value = nn_resize(c->numbers[k].value, room, sizeof *value, 1);
        if (!value)
            return false;
        c->numbers[k].value = value;
    }
    for (int k = 0; k < c->category_count; k++) {
        int *value = nn_resize(c->categories[k].value, room, sizeof *value, 1);
        if (!value)
            return false;
        c->categories[k].value = value;
    }
    c->room = room;
    return true;
}

/* The index of a text among ids, in UTF-8; -1: no memory. */
static int find_text(nn_names *ids, const ds_field *f)
{
    if (ds_is_utf8(f->text, f->length))
        return nn_names_add(ids, f->text, f->length);
    char *text = ds_utf8_from_1252(f->text, f->length);
    const int found = text ? nn_names_add(ids, text, strlen(text)) : -1;
    free(text);
    return found;
}

static int take_number(ds_catalogue *c, numbers *n, const ds_field *fields, size_t line, double *value)
{
    *value = NAN;
    if (n->column < 0)
        return NN_OK;
    const ds_field *f = &fields[n->column];
    if (c->options.missing && ds_missing_word(f->text, f->length, c->options.missing))
        return NN_OK;
    const ds_number_kind kind = ds_number_parse(f->text, f->length, c->options.decimal_comma, value);
    if (kind == DS_NUMBER_OK) {
        if (n->redshift && *value <= -1)
            *value = NAN;
        return NN_OK;
    }
    *value = NAN;
    return kind == DS_NUMBER_INFINITE || ds_missing_word(f->text, f->length, NULL)
               ? NN_OK
               : nn_fail(c->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a number ('%.100s')", c->name, line,
                         n->column + 1, NN_SHOWN(60, f->text, f->length), n->name);
}

static int fail_disagree(ds_catalogue *c, const char *name, size_t line, size_t row)
{
    return nn_fail(c->error, NN_BAD_DATA,
                   "%s:%zu: object '%.100s' has another '%.100s' here than in line %zu; a table of objects "
                   "(--metadata) says which it is",
                   c->name, line, c->ids.text[row], name, c->line[row]);
}

/* A further row of an object must say the same; what is missing in one row may stand in another. */
static int agree(ds_catalogue *c, const ds_field *fields, size_t line, size_t row)
{
    for (int k = 0; k < c->number_count; k++) {
        double value = NAN, *known = &c->numbers[k].value[row];
        const int code = take_number(c, &c->numbers[k], fields, line, &value);
        if (code)
            return code;
        if (!isnan(value) && !isnan(*known) && value != *known)
            return fail_disagree(c, c->numbers[k].name, line, row);
        *known = isnan(*known) ? value : *known;
    }
    for (int k = 0; k < c->category_count; k++) {
        const ds_field *f = &fields[c->categories[k].column];
        int value = -1, *known = &c->categories[k].value[row];
        if (!ds_missing_word(f->text, f->length, c->options.missing) &&
            (value = find_text(&c->categories[k].words, f)) < 0)
            return no_memory(c);
        if (value >= 0 && *known >= 0 && value != *known)
            return fail_disagree(c, c->categories[k].name, line, row);
        *known = *known < 0 ? value : *known;
    }
    return NN_OK;
}

static int take_values(ds_catalogue *c, const ds_field *fields, size_t line, size_t row)
{
    int code = NN_OK;
    for (int k = 0; k < c->number_count && !code; k++)
        code = take_number(c, &c->numbers[k], fields, line, &c->numbers[k].value[row]);
    for (int k = 0; k < c->category_count && !code; k++) {
        const ds_field *f = &fields[c->categories[k].column];
        int *value = &c->categories[k].value[row];
        *value = -1;
        if (!ds_missing_word(f->text, f->length, c->options.missing) &&
            (*value = find_text(&c->categories[k].words, f)) < 0)
            code = no_memory(c);
    }
    return code;
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    ds_catalogue *c = context;
    (void)error;
    if (!c->columns)
        return take_header(c, fields, count);
    if (count != c->columns)
        return nn_fail(c->error, NN_BAD_DATA, "%s:%zu:%d: %d fields where the header has %d", c->name, line,
                       count < c->columns ? count : c->columns + 1, count, c->columns);
    const ds_field *id = &fields[c->id_column];
    if (id->length == 0)
        return nn_fail(c->error, NN_BAD_DATA, "%s:%zu:%d: the object's id is missing", c->name, line,
                       c->id_column + 1);
    if (c->rows == c->room && !grow(c))
        return no_memory(c);
    if (c->rows == INT_MAX)
        return nn_fail(c->error, NN_BAD_DATA, "%s:%zu: too many objects", c->name, line);
    const int row = find_text(&c->ids, id);
    if (row < 0)
        return no_memory(c);
    if ((size_t)row < c->rows && c->options.repeated)
        return agree(c, fields, line, (size_t)row);
    if ((size_t)row < c->rows)
        return nn_fail(c->error, NN_BAD_DATA, "%s:%zu:%d: object '%s' has a row already, in line %zu",
                       c->name, line, c->id_column + 1, NN_SHOWN(100, id->text, id->length), c->line[row]);
    c->line[c->rows] = line;
    return take_values(c, fields, line, c->rows++);
}

/* --- the values of a category, in order --- */

typedef struct word {
    char *text;
    int index;
    double number; /* NaN: not a whole number */
} word;

static int compare_words(const void *a, const void *b)
{
    const word *x = a, *y = b;
    if (!isnan(x->number) && !isnan(y->number) && x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->text, y->text);
}

static bool is_whole(const char *text, double *value)
{
    return ds_number_parse(text, strlen(text), false, value) == DS_NUMBER_OK && *value == floor(*value);
}

static int sort_category(ds_catalogue *c, categories *k)
{
    const int n = k->words.count;
    word *words = nn_resize(NULL, (size_t)n, sizeof *words, 1);
    int *place = nn_resize(NULL, (size_t)n, sizeof *place, 1);
    if (!words || !place) {
        free(words);
        free(place);
        return no_memory(c);
    }
    bool whole = true;
    for (int i = 0; i < n; i++) {
        words[i] = (word){k->words.text[i], i, NAN};
        whole = whole && is_whole(words[i].text, &words[i].number);
    }
    for (int i = 0; i < n && !whole; i++)
        words[i].number = NAN;
    qsort(words, (size_t)n, sizeof *words, compare_words);
    for (int i = 0; i < n; i++) {
        place[words[i].index] = i;
        k->words.text[i] = words[i].text;
    }
    for (size_t row = 0; row < c->rows; row++)
        if (k->value[row] >= 0)
            k->value[row] = place[k->value[row]];
    free(words);
    free(place);
    return NN_OK;
}

int ds_catalogue_read(ds_catalogue **catalogue, const char *path, const ds_catalogue_options *options,
                      nn_error *error)
{
    const ds_scan_options scan = {.delimiter = options->delimiter, .decimal_comma = options->decimal_comma};
    ds_scan_result result = {0};
    nn_error own;
    *catalogue = NULL;
    ds_catalogue *c = calloc(1, sizeof *c);
    if (!c)
        return nn_fail(error, NN_FAILED, "%s: no memory", path);
    c->name = strcmp(path, "-") == 0 ? "standard input" : path;
    c->options = *options;
    c->error = error ? error : &own;
    int code = ds_is_fits(path) ? ds_fits_rows(path, take_row, c, c->error)
                                : ds_scan(path, &scan, take_row, c, &result, NULL, c->error);
    if (!code && c->rows == 0)
        code = nn_fail(c->error, NN_BAD_DATA, "%s:%zu: no rows", c->name, result.lines ? result.lines : 1);
    for (int k = 0; k < c->category_count && !code; k++)
        code = sort_category(c, &c->categories[k]);
    c->name = NULL;
    c->error = NULL;
    c->options = (ds_catalogue_options){0};
    if (code)
        ds_catalogue_free(c);
    else
        *catalogue = c;
    return code;
}

void ds_catalogue_free(ds_catalogue *c)
{
    if (!c)
        return;
    for (int k = 0; k < c->number_count; k++) {
        free(c->numbers[k].name);
        free(c->numbers[k].value);
    }
    for (int k = 0; k < c->category_count; k++) {
        free(c->categories[k].name);
        free(c->categories[k].value);
        nn_names_free(&c->categories[k].words);
    }
    free(c->numbers);
    free(c->categories);
    free(c->line);
    nn_names_free(&c->ids);
    free(c);
}

/* --- asking --- */

size_t ds_catalogue_rows(const ds_catalogue *catalogue)
{
    return catalogue->rows;
}

long ds_catalogue_find(const ds_catalogue *catalogue, const char *id)
{
    const size_t length = strlen(id);
    const int found = nn_names_find(&catalogue->ids, id, length);
    const size_t digits = strspn(id, "0123456789");
    if (found >= 0 || digits == 0)
        return found;
    char other[64];
    if (digits == length && length + 3 < sizeof other) {
        memcpy(other, id, length);
        memcpy(other + length, ".0", 3);
        return nn_names_find(&catalogue->ids, other, length + 2);
    }
    const bool whole =
        id[digits] == '.' && id[digits + 1] == '0' && id[digits + 1 + strspn(id + digits + 1, "0")] == '\0';
    return whole ? nn_names_find(&catalogue->ids, id, digits) : -1;
}

const char *ds_catalogue_id(const ds_catalogue *catalogue, size_t row)
{
    return catalogue->ids.text[row];
}

double ds_catalogue_number(const ds_catalogue *catalogue, int k, size_t row)
{
    return catalogue->numbers[k].value[row];
}

int ds_catalogue_categories(const ds_catalogue *catalogue, int k)
{
    return catalogue->categories[k].words.count;
}

const char *ds_catalogue_category(const ds_catalogue *catalogue, int k, int value)
{
    return catalogue->categories[k].words.text[value];
}

int ds_catalogue_value(const ds_catalogue *catalogue, int k, size_t row)
{
    return catalogue->categories[k].value[row];
}

const char *ds_catalogue_category_name(const ds_catalogue *catalogue, int k)
{
    return catalogue->categories[k].name;
}

uint64_t ds_catalogue_hash(const ds_catalogue *catalogue, int k)
{
    uint64_t sum = 0;
    for (size_t row = 0; row < ds_catalogue_rows(catalogue); row++) {
        const int value = ds_catalogue_value(catalogue, k, row);
        if (value < 0)
            continue;
        const char *id = ds_catalogue_id(catalogue, row), *text = ds_catalogue_category(catalogue, k, value);
        sum += XXH64(text, strlen(text), XXH64(id, strlen(id), 0));
    }
    return sum ? sum : 1;
}
