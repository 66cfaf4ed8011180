/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of reading a CSV file, made into what the reader takes. */
#include "datasets/table/reading.h"

#include <string.h>

#define FIELD(name) offsetof(ds_reading, name)
const nn_option ds_reading_options[] = {
    {"start", 0, NN_TEXT, FIELD(start), NULL, "STAMP", 0, 0,
     "stamp of the first row of a file without stamps, such as 2012-03-01; the others follow by --frequency"},
    {"time", 0, NN_TEXT, FIELD(time), NULL, "COLUMN", 0, 0,
     "name or number of the time column; A,B,...: columns that make it together, such as a date and a clock, "
     "or a day's number and a time of day; none: the file has none (found by itself unless given)"},
    {"time-format", 0, NN_TEXT, FIELD(time_format), NULL, "FORM", 0, 0,
     "iso, y/m/d, m/d/y, d/m/y, epoch, epoch-ms, epoch-us, epoch-ns, excel, year, step, or a pattern such as "
     "%d.%m.%Y, %YQ%q or %G-W%V (found by itself)"},
    {"columns", 0, NN_LIST, FIELD(columns), NULL, "A,B,...", 0, 0,
     "columns of values to read, or series of a long file (all with numbers)"},
    {"exclude", 0, NN_LIST, FIELD(exclude), NULL, "A,B,...", 0, 0,
     "columns, or series of a long file, to leave out"},
    {"id", 0, NN_TEXT, FIELD(id), NULL, "COLUMN", 0, 0,
     "column of series names in a long file, or several that name a series together: store,item (unique_id "
     "where there is one)"},
    {"frequency", 0, NN_TEXT, FIELD(frequency), NULL, "STEP", 0, 0,
     "step between rows: 15min, h, d, b (business days), w, m, q, y, bme, step; days and hours: 'd mon-sat', "
     "'m:1,15', 'h mon-fri 09:30-15:30' (found by itself)"},
    {"on-missing", 0, NN_CHOICE, FIELD(on_missing), "error", "error|forward|linear|keep", 0, 0,
     "missing values: stop, repeat the last value, draw a straight line (looks ahead), or keep them"},
    {"on-gap", 0, NN_CHOICE, FIELD(on_gap), "error", "error|forward|linear|keep", 0, 0,
     "missing rows: stop, repeat the last row, draw a straight line (looks ahead), or take the rows as "
     "neighbours"},
    {"on-duplicate", 0, NN_CHOICE, FIELD(on_duplicate), "error", "error|first|last|mean|keep", 0, 0,
     "rows with the same stamp: stop, take the first, the last or their mean, or keep all"},
    {"missing", 0, NN_LIST, FIELD(missing), NULL, "WORD,...", 0, 0,
     "words for a missing value beside empty, NA, N/A, #N/A, NaN, null, ?, : and points alone"},
    {"delimiter", 'd', NN_TEXT, FIELD(delimiter), NULL, "CHAR", 0, 0,
     "a character, or comma, semicolon, tab, pipe, space (found by itself)"},
    {"header", 0, NN_FLAG, FIELD(header), "true", NULL, 0, 0,
     "the first line holds the names of the columns"},
    {"skip", 0, NN_INT, FIELD(skip), "0", "LINES", 0, 1000000,
     "lines before the table begins (found by itself)"},
    {"transpose", 0, NN_FLAG, FIELD(transpose), "false", NULL, 0, 0,
     "each row is a series, and the names of the columns are its points in time (found by itself where they "
     "are "
     "years or dates)"},
    {"decimal", 0, NN_TEXT, FIELD(decimal), NULL, "CHAR", 0, 0,
     "the decimal mark: point or comma (found by itself where it can be nothing else)"},
    {"decimal-comma", 0, NN_FLAG, FIELD(decimal_comma), "false", NULL, 0, 0,
     "numbers are written 1,5 rather than 1.5: --decimal comma"},
    {"thousands", 0, NN_TEXT, FIELD(thousands), NULL, "CHAR", 0, 0,
     "the mark between thousands: comma, point, space or ' (found by itself where it can be nothing else)"},
    {"strict", 0, NN_FLAG, FIELD(strict), "false", NULL, 0, 0,
     "stop wherever reading would have to guess, naming the option that tells"},
    {0}};

/* The words of the options stand in the order people look for them; ds_policy has an order of its own. */
static const ds_policy fill_policies[] = {DS_ERROR, DS_FORWARD, DS_LINEAR, DS_KEEP};
static const ds_policy duplicate_policies[] = {DS_ERROR, DS_FIRST, DS_LAST, DS_MEAN, DS_KEEP};

int ds_reading_delimiter(const char *text, char *delimiter, nn_error *error)
{
    static const struct {
        const char *word;
        char character;
    } words[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'},
                 {"\\t", '\t'},  {"pipe", '|'},      {"space", ' '}};
    *delimiter = 0;
    if (!text)
        return NN_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0)
            *delimiter = words[i].character;
    if (!*delimiter && text[0] && !text[1])
        *delimiter = text[0];
    return *delimiter
               ? NN_OK
               : nn_fail(
                     error, NN_USAGE,
                     "--delimiter: '%.40s' is neither one character nor comma, semicolon, tab, pipe or space",
                     text);
}

static int read_thousands(const char *text, char *mark, nn_error *error)
{
    static const struct {
        const char *word;
        char mark;
    } words[] = {{"comma", ','}, {",", ','}, {"point", '.'},       {".", '.'},
                 {"space", ' '}, {" ", ' '}, {"apostrophe", '\''}, {"'", '\''}};
    *mark = 0;
    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0)
            *mark = words[i].mark;
    return !text || *mark
               ? NN_OK
               : nn_fail(error, NN_USAGE,
                         "--thousands: '%.40s' is none of comma, point, space and apostrophe", text);
}

static int read_decimal(const ds_reading *reading, ds_read_options *options, nn_error *error)
{
    const char *text = reading->decimal;
    const bool comma = text && (strcmp(text, "comma") == 0 || strcmp(text, ",") == 0),
               point = text && (strcmp(text, "point") == 0 || strcmp(text, ".") == 0);
    if (text && *text && !comma && !point)
        return nn_fail(error, NN_USAGE, "--decimal: '%.40s' is neither point nor comma", text);
    if (point && reading->decimal_comma)
        return nn_fail(error, NN_USAGE, "--decimal %s and --decimal-comma contradict each other", text);
    options->decimal_point = point;
    options->decimal_comma = comma || reading->decimal_comma;
    const bool same =
        options->thousands && ((comma && options->thousands == ',') || (point && options->thousands == '.'));
    return same ? nn_fail(error, NN_USAGE, "--thousands and --decimal name the same mark") : NN_OK;
}

int ds_reading_make(const ds_reading *reading, ds_read_options *options, nn_error *error)
{
    *options = (ds_read_options){
        .no_header = !reading->header,
        .strict = reading->strict,
        .skip = (size_t)reading->skip,
        .transpose = reading->transpose,
        .start = reading->start,
        .missing = reading->missing,
        .time = reading->time,
        .time_format = reading->time_format,
        .id = reading->id,
        .columns = reading->columns,
        .columns_option = reading->columns_option,
        .exclude = reading->exclude,
        .statics = reading->statics,
        .frequency = reading->frequency,
        .on_missing = fill_policies[reading->on_missing],
        .on_gap = fill_policies[reading->on_gap],
        .on_duplicate = duplicate_policies[reading->on_duplicate],
    };
    int code = read_thousands(reading->thousands, &options->thousands, error);
    if (!code)
        code = read_decimal(reading, options, error);
    return code ? code : ds_reading_delimiter(reading->delimiter, &options->delimiter, error);
}

/* The index of a policy's word. */
static int word_of(const ds_policy *policies, size_t count, ds_policy policy)
{
    size_t i = 0;
    while (i + 1 < count && policies[i] != policy)
        i++;
    return (int)i;
}

ds_reading ds_reading_keeping(const ds_reading *reading, bool missing, bool gaps, bool duplicates)
{
    ds_reading kept = *reading;
    kept.on_missing = missing ? word_of(fill_policies, sizeof fill_policies / sizeof *fill_policies, DS_KEEP)
                              : kept.on_missing;
    kept.on_gap =
        gaps ? word_of(fill_policies, sizeof fill_policies / sizeof *fill_policies, DS_KEEP) : kept.on_gap;
    if (duplicates)
        kept.on_duplicate =
            word_of(duplicate_policies, sizeof duplicate_policies / sizeof *duplicate_policies, DS_KEEP);
    return kept;
}

/* A text of fixed room; what does not fit is cut. */
typedef struct fixed {
    char *text;
    size_t size, length;
} fixed;

static void put(fixed *out, const char *word)
{
    const size_t length = strlen(word), room = out->size - 1 - out->length;
    const size_t taken = length < room ? length : room;
    memcpy(out->text + out->length, word, taken);
    out->length += taken;
    out->text[out->length] = '\0';
}

/* A word as a shell takes it. */
static void put_word(fixed *out, const char *word)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,/:%+";
    if (*word && word[strspn(word, plain)] == '\0') {
        put(out, word);
        return;
    }
    put(out, "'");
    for (; *word; word++)
        put(out, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
    put(out, "'");
}

int ds_reading_print(const ds_reading *reading, char *text, size_t size)
{
    char own[400];
    fixed out = {.text = text, .size = size};
    *text = '\0';
    for (const nn_option *o = ds_reading_options; o->name; o++) {
        if (nn_option_is_default(o, reading))
            continue;
        nn_option_get(o, reading, own, sizeof own);
        put(&out, out.length ? " " : "");
        put(&out, o->type == NN_FLAG && strcmp(own, "false") == 0 ? "--no-" : "--");
        put(&out, o->name);
        if (o->type != NN_FLAG) {
            put(&out, " ");
            put_word(&out, own);
        }
    }
    return (int)out.length;
}
