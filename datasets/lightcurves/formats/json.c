/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON: a record in each line; or whole documents, an array of which is taken element by element. Where the
 * first line holds a whole value, or is broken and another one begins below it, each line is a value of its
 * own, so that a broken one loses no other. */
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/formats/records.h"
#include "lib/base/memory.h"
#include "lib/files/json_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = DS_BUFFER(1 << 16), VALUE_LIMIT = 256 << 20 };

typedef enum mode { UNDECIDED, LINES, DOCUMENT } mode;

typedef struct reader {
    ds_cells cells;
    mode mode;
    char *text; /* [at, size) is not worked off */
    size_t at, size, room;
    size_t scanned;              /* bytes behind `at` that the state below has seen */
    int depth;                   /* of brackets around the next byte */
    bool quoted, escaped, words; /* words: NaN or the like may stand there */
    bool inside;                 /* of a top-level array */
    bool last;                   /* the value in hand: nothing stands behind it */
    size_t line, column;         /* at text + at */
    size_t records;
} reader;

static void close_json(ds_lightcurves *r)
{
    reader *j = r->inside;
    if (!j)
        return;
    ds_cells_free(&j->cells);
    free(j->text);
    free(j);
    r->inside = NULL;
}

/* --- values --- */

/* NaN and Infinity, which programs write though JSON has no such words, become empty texts of their length.
 */
static void blank_words(char *text, size_t length)
{
    static const char *const words[] = {"-Infinity", "Infinity", "NaN", "-NaN", "nan"};
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        for (size_t w = 0; !quoted && w < sizeof words / sizeof *words; w++) {
            const size_t n = strlen(words[w]);
            if (n <= length - (i < length ? i : length) && memcmp(text + i, words[w], n) == 0) {
                memset(text + i, ' ', n);
                text[i] = text[i + 1] = '"';
                i += n - 1;
                break;
            }
        }
    }
}

/* The place of a byte of the value, counted from the line that it begins in; cut: the file ends there. */
static int fail_value(ds_lightcurves *r, const reader *j, const char *text, size_t at, bool cut,
                      const char *reason)
{
    char clean[200];
    size_t line = j->line, n = 0;
    size_t column = j->column + (size_t)(text - (j->text + j->at)) + 1;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n';
        column = text[i] == '\n' ? 1 : column + 1;
    }
    if (cut)
        return nn_fail(r->error, NN_BAD_DATA,
                       "%s:%zu:%zu: the file ends within a value that begins in line %zu: it is cut off",
                       r->name, line, column, j->line);
    for (; reason[n] && n + 1 < sizeof clean; n++)
        clean[n] = iscntrl((unsigned char)reason[n]) ? ' ' : reason[n];
    clean[n] = '\0';
    return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%zu: this is no JSON: %s", r->name, line, column, clean);
}

/* A record, or an array of such in one line. */
static int take_document(ds_lightcurves *r, reader *j, const json_t *document)
{
    size_t i;
    json_t *element;
    if (!json_is_array(document))
        return ds_records_take(&j->cells, document, j->line);
    json_array_foreach(document, i, element)
    {
        const int code = ds_photometry_leave_out(r, ds_records_take(&j->cells, element, j->line));
        if (code)
            return code;
    }
    return NN_OK;
}

static bool rest_is_blank(const char *text, size_t at, size_t length)
{
    while (at < length && strchr(" \t\r\n", text[at]))
        at++;
    return at >= length;
}

static int take_value(ds_lightcurves *r, reader *j, char *text, size_t length)
{
    json_t *document = NULL;
    nn_error reason = {0};
    size_t at = 0;
    if (j->words)
        blank_words(text, length);
    nn_json_short();
    int code = nn_json_parse_at(&document, text, length, JSON_DECODE_ANY, &at, &reason);
    if (code == NN_BAD_DATA)
        code = fail_value(r, j, text, at < length ? at : length, j->last && rest_is_blank(text, at, length),
                          reason.text);
    else if (code)
        code = ds_photometry_no_memory(r);
    else
        code = take_document(r, j, document);
    json_decref(document);
    if (nn_json_short() && code != NN_FAILED)
        code = ds_photometry_no_memory(r);
    code = ds_photometry_leave_out(r, code);
    return code;
}

/* --- where values end --- */

static void forget(reader *j, size_t bytes)
{
    const char *start = j->text + j->at; /* of the line, or of what is counted of it */
    for (const char *c = j->text + j->at, *end = c + bytes;
         c < end && (c = memchr(c, '\n', (size_t)(end - c))); c++) {
        j->line++;
        j->column = 0;
        start = c + 1;
    }
    j->column += (size_t)(j->text + j->at + bytes - start);
    j->at += bytes;
    j->scanned = 0;
    j->depth = 0;
    j->quoted = j->escaped = j->words = false;
}

/* Goes on over the bytes that have come; true where the value that begins at `at` ends, behind *length bytes.
 * A value that is neither object, array nor text ends before a blank, a comma or a bracket. */
static bool find_end(reader *j, size_t *length)
{
    const char *text = j->text + j->at;
    for (size_t i = j->scanned, n = j->size - j->at; i < n; i++) {
        const char c = text[i];
        j->scanned = i + 1;
        if (j->quoted) {
            const bool ends = c == '"' && !j->escaped;
            j->escaped = c == '\\' && !j->escaped;
            j->quoted = !ends;
            if (ends && j->depth == 0)
                return *length = i + 1, true;
            continue;
        }
        if (j->depth == 0 && i > 0 && strchr(" \t\r\n,]}", c))
            return *length = i, true;
        j->words |= c == 'N' || c == 'I' || c == 'n';
        j->quoted = c == '"';
        j->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (j->depth <= 0 && (c == '}' || c == ']'))
            return *length = i + 1, true;
    }
    return false;
}

/* --- lines --- */

static int take_line(ds_lightcurves *r, reader *j, size_t length)
{
    char *text = j->text + j->at;
    size_t from = 0, to = length;
    while (to > from && strchr(" \t\r\n", text[to - 1]))
        to--;
    while (from < to && strchr(" \t", text[from]))
        from++;
    j->words = true;
    const int code = to > from ? take_value(r, j, text + from, to - from) : NN_OK;
    forget(j, length);
    return code;
}

static int take_lines(ds_lightcurves *r, reader *j, bool ended)
{
    const char *newline;
    int code = NN_OK;
    while (!code && (newline = memchr(j->text + j->at + j->scanned, '\n', j->size - j->at - j->scanned)))
        code = take_line(r, j, (size_t)(newline - (j->text + j->at)) + 1);
    j->last = ended;
    if (!code && ended && j->at < j->size)
        code = take_line(r, j, j->size - j->at);
    j->scanned = j->size - j->at;
    return code;
}

/* --- documents --- */

/* What parts values is passed over; false where nothing else is there. */
static bool pass_marks(reader *j)
{
    size_t n = 0;
    const char *text = j->text + j->at;
    const size_t size = j->size - j->at;
    for (; n < size; n++) {
        const char c = text[n];
        if (strchr(" \t\r\n", c))
            continue;
        if (!j->inside && c == '[')
            j->inside = true;
        else if (j->inside && c == ']')
            j->inside = false;
        else if (!(j->inside && c == ','))
            break;
    }
    if (n)
        forget(j, n);
    return j->at < j->size;
}

static int take_documents(ds_lightcurves *r, reader *j, bool ended)
{
    size_t length = 0;
    int code = NN_OK;
    while (!code && (j->scanned || pass_marks(j))) {
        if (!find_end(j, &length)) {
            if (!ended)
                break;
            length = j->size - j->at;
            j->last = true;
        }
        code = take_value(r, j, j->text + j->at, length);
        forget(j, length);
    }
    if (!code && ended && j->inside)
        code = nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%zu: the file ends within an array: it is cut off",
                       r->name, j->line, j->column + 1);
    return code;
}

/* --- which of both --- */

static void choose_mode(reader *j, bool ended)
{
    size_t length = 0;
    if (!j->scanned) {
        size_t n = 0;
        while (j->at + n < j->size && strchr(" \t\r\n", j->text[j->at + n]))
            n++;
        if (n)
            forget(j, n);
    }
    const char *text = j->text + j->at, *end = j->text + j->size;
    if (text == end)
        return;
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    if (*text != '{') {
        j->mode = DOCUMENT;
    } else if (find_end(j, &length)) {
        const char *rest = text + length;
        while (rest < end && strchr(" \t\r", *rest))
            rest++;
        const bool whole = !newline || newline >= text + length;
        if (rest == end && !ended)
            j->mode = whole ? LINES : DOCUMENT;
        else
            j->mode = whole && (rest == end || *rest == '\n') ? LINES : DOCUMENT;
    } else if (ended) {
        j->mode = DOCUMENT;
    } else if (newline && newline + 1 < end) {
        const bool alone = newline - text <= 2; /* "{" and a carriage return */
        j->mode = !alone && newline[1] == '{' ? LINES : DOCUMENT;
    }
    if (j->mode != UNDECIDED)
        forget(j, 0);
}

static bool make_room(reader *j)
{
    if (j->at)
        memmove(j->text, j->text + j->at, j->size - j->at);
    j->size -= j->at;
    j->at = 0;
    if (j->room - j->size >= PIECE)
        return true;
    const size_t room = 2 * j->room + PIECE;
    char *more = nn_resize(j->text, room, 1, 1);
    if (!more)
        return false;
    j->text = more;
    j->room = room;
    return true;
}

static int take_piece(ds_lightcurves *r, reader *j, bool ended)
{
    if (j->mode == UNDECIDED)
        choose_mode(j, ended);
    return j->mode == LINES      ? take_lines(r, j, ended)
           : j->mode == DOCUMENT ? take_documents(r, j, ended)
                                 : NN_OK;
}

static int step_json(ds_lightcurves *r, bool *more)
{
    reader *j = r->inside;
    size_t got = 0;
    if (j->size - j->at > VALUE_LIMIT)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: a value of more than %d MB", r->name, j->line,
                       VALUE_LIMIT >> 20);
    int code = make_room(j) ? ds_source_read_some(r->source, j->text + j->size, PIECE, &got, r->error)
                            : ds_photometry_no_memory(r);
    if (!code) {
        j->size += got;
        code = take_piece(r, j, got == 0);
    }
    if (code || got == 0)
        code = ds_cells_finish(&j->cells, code);
    *more = got > 0;
    r->scan.lines = j->line;
    return code;
}

static int open_json(ds_lightcurves *r)
{
    reader *j = calloc(1, sizeof *j);
    if (!j)
        return ds_photometry_no_memory(r);
    r->inside = j;
    r->step = step_json;
    r->close = close_json;
    j->line = 1;
    ds_cells_begin(&j->cells, r);
    return NN_OK;
}

static bool is_json(const char *path, const char *start, size_t length)
{
    (void)path;
    size_t i = 0;
    while (i < length && strchr(" \t\r\n", start[i]))
        i++;
    if (i == length || (start[i] != '{' && start[i] != '['))
        return false;
    const char open = start[i++];
    while (i < length && strchr(" \t\r\n", start[i]))
        i++;
    /* A table may begin with a bracket, but not so. */
    return i == length || strchr(open == '{' ? "\"}" : "{[]\"", start[i]);
}

const ds_light_format ds_format_json = {"JSON", "json,jsonl,ndjson", is_json, open_json};
