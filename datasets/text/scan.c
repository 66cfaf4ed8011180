/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as a stream of rows. */
#include "datasets/text/scan.h"

#include "datasets/text/ahead.h"
#include "datasets/text/split.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

/* Fields that come through libcsv are gathered here until their row ends. */
struct ds_scanner {
    const ds_scan_options *options;
    ds_row_handler handler;
    void *context;
    nn_error *error;
    ds_scan_result *result;
    ds_scan_progress *progress, own_progress;
    ds_source *source;
    char *buffer;
    size_t kept;   /* bytes in the buffer that have not been handed over */
    bool at_start; /* they are the file's first */
    struct csv_parser parser;
    int status; /* sticky: libcsv's callbacks return nothing */

    char *text; /* of the row's fields, one after the other */
    size_t text_size, text_room;
    ds_field *fields; /* while gathering, length only */
    int count, room;

    size_t line;       /* that the scan is on */
    size_t row_line;   /* that the row began on */
    size_t open_bytes; /* fed to libcsv since the last row ended */
    bool ended;        /* the last byte fed ended a row or a blank line */
    bool after_cr;     /* a line feed now belongs to the carriage return before it */

    ds_ahead *ahead; /* of a long file, from the second piece on; NULL: there is none */
    bool asked;      /* whether there is to be one was decided */
    bool filled;     /* there is more of the file than the buffer takes */
    uint64_t read;   /* bytes that were read, some of them ahead */
    bool read_all;   /* everything that could be read is posted, or in the buffer */
    int failure;     /* of reading, told when all rows before it were taken */
    nn_error failed;
};

static int fail_memory(ds_scanner *s)
{
    return nn_fail(s->error, NN_FAILED, "%s: no memory", ds_source_name(s->source));
}

static bool make_room(ds_scanner *s)
{
    if (s->count < s->room)
        return true;
    int room = s->room ? 2 * s->room : 32;
    room = room > DS_COLUMN_LIMIT ? DS_COLUMN_LIMIT : room;
    ds_field *fields = realloc(s->fields, (size_t)room * sizeof *fields);
    if (!fields) {
        s->status = fail_memory(s);
        return false;
    }
    s->fields = fields;
    s->room = room;
    return true;
}

static bool check_field(ds_scanner *s, size_t length)
{
    if (s->count >= DS_COLUMN_LIMIT)
        s->status = nn_fail(s->error, NN_BAD_DATA, "%s:%zu:%d: more than %d columns",
                            ds_source_name(s->source), s->row_line, s->count + 1, DS_COLUMN_LIMIT);
    else if (length > DS_FIELD_LIMIT)
        s->status =
            nn_fail(s->error, NN_BAD_DATA, "%s:%zu:%d: a field of more than %d bytes; is a quote missing?",
                    ds_source_name(s->source), s->row_line, s->count + 1, DS_FIELD_LIMIT);
    return s->status == NN_OK && make_room(s);
}

static void take_field(void *data, size_t length, void *context)
{
    ds_scanner *s = context;
    s->after_cr = false;
    if (s->status || (length == 0 && s->result->delimiter == ' ')) /* a run of blanks is one border */
        return;
    if (s->count == 0) {
        s->row_line = s->line;
        s->text_size = 0;
    }
    if (!check_field(s, length))
        return;
    if (length > s->text_room - s->text_size) {
        size_t room = 2 * (s->text_size + length) + 256;
        char *text = realloc(s->text, room);
        if (!text) {
            s->status = fail_memory(s);
            return;
        }
        s->text = text;
        s->text_room = room;
    }
    if (length) {
        memcpy(s->text + s->text_size, data, length);
        s->line += ds_count_lines(s->text + s->text_size, length);
    }
    s->text_size += length;
    s->fields[s->count++] = (ds_field){.length = length};
}

static void take_row(int terminator, void *context)
{
    ds_scanner *s = context;
    s->ended = true;
    s->open_bytes = 0;
    if (s->status)
        return;
    const bool belongs = terminator == '\n' && s->after_cr && s->count == 0;
    if (s->count) {
        size_t at = 0;
        for (int i = 0; i < s->count; i++) {
            s->fields[i].text = s->text ? s->text + at : "";
            at += s->fields[i].length;
        }
        s->status = s->handler(s->context, s->fields, s->count, s->row_line, s->error);
        s->count = 0;
    }
    s->line += !belongs && terminator != -1;
    s->after_cr = terminator == '\r';
}

/* Hands bytes to libcsv; afterwards s->ended says whether the last of them ended a row. */
static int feed(ds_scanner *s, const char *bytes, size_t length)
{
    if (length == 0)
        return NN_OK;
    s->open_bytes += length;
    size_t done = csv_parse(&s->parser, bytes, length - 1, take_field, take_row, s);
    if (done == length - 1) {
        s->ended = false;
        done += csv_parse(&s->parser, bytes + length - 1, 1, take_field, take_row, s);
    }
    if (s->status)
        return s->status;
    if (done != length) {
        if (csv_error(&s->parser) == CSV_ENOMEM)
            return s->status = fail_memory(s);
        return s->status = nn_fail(s->error, NN_BAD_DATA,
                                   "%s:%zu:%d: a quote in the middle of a field; quote the whole field and "
                                   "double the quotes inside it",
                                   ds_source_name(s->source), s->line, s->count + 1);
    }
    if (s->parser.entry_pos - s->parser.spaces > DS_FIELD_LIMIT)
        check_field(s, s->parser.entry_pos);
    if (!s->status && s->open_bytes > DS_LINE_LIMIT)
        s->status = nn_fail(s->error, NN_BAD_DATA, "%s:%zu: a line of more than %d bytes",
                            ds_source_name(s->source), s->line, DS_LINE_LIMIT);
    return s->status;
}

/* The short cut: a whole line [p, end) without quotes, its line end already cut off. */
static int split_line(ds_scanner *s, const char *p, const char *end)
{
    s->row_line = s->line++;
    s->count = 0;
    s->after_cr = false;
    size_t count;
    while ((count = ds_split(s->fields, (size_t)s->room, p, end, s->result->delimiter)) > (size_t)s->room) {
        s->count = s->room;
        if (!check_field(s, 0))
            return s->status;
    }
    for (s->count = 0; (size_t)s->count < count && end - p > DS_FIELD_LIMIT; s->count++)
        if (!check_field(s, s->fields[s->count].length))
            return s->status;
    if (count)
        s->status = s->handler(s->context, s->fields, (int)count, s->row_line, s->error);
    s->count = 0;
    return s->status;
}

/* Works off the whole lines of a buffer; *used tells how far. */
static int scan_lines(ds_scanner *s, const char *text, size_t length, size_t *used)
{
    size_t at = 0;
    while (at < length && s->status == NN_OK) {
        const char *p = text + at;
        const char *newline = memchr(p, '\n', length - at);
        if (!newline)
            break;
        const size_t n = (size_t)(newline - p) + 1;
        const char *end = newline > p && newline[-1] == '\r' ? newline - 1 : newline;
        const size_t body = (size_t)(end - p);
        const bool after_cr = s->after_cr && newline == p; /* the other half of a line's end */
        if (s->options->plain || !s->ended || after_cr || memchr(p, '"', body) || memchr(p, '\r', body))
            feed(s, p, n);
        else
            split_line(s, p, end);
        at += n;
    }
    *used = at;
    return s->status;
}

static int finish(ds_scanner *s)
{
    if (s->status)
        return s->status;
    const size_t line = s->count ? s->row_line : s->line;
    const bool open = !s->ended;
    const int code = csv_fini(&s->parser, take_field, take_row, s);
    if (s->status == NN_OK && code)
        s->status = nn_fail(s->error, NN_BAD_DATA,
                            "%s:%zu:%d: a quoted field never ends; its closing quote is missing",
                            ds_source_name(s->source), line, s->count + 1);
    s->result->lines = s->line - 1 + (open ? 1 : 0);
    return s->status;
}

/* On failure there may be bytes before what could not be read. */
static int read_piece(ds_scanner *s, size_t *got)
{
    const int code =
        s->options->stream
            ? ds_source_read_some(s->source, s->buffer + s->kept, DS_SCAN_BUFFER - s->kept, got, s->error)
            : ds_source_read(s->source, s->buffer + s->kept, DS_SCAN_BUFFER - s->kept, got, s->error);
    s->progress->size = ds_source_size(s->source);
    s->progress->done += *got;
    s->progress->share = ds_source_share(s->source);
    s->kept += *got;
    s->filled = s->filled || s->kept == DS_SCAN_BUFFER;
    return code;
}

/* At least the first line, so that there is something to sniff at. */
static int read_start(ds_scanner *s)
{
    size_t got;
    int code;
    do
        code = read_piece(s, &got);
    while (!code && got && s->kept < DS_SCAN_BUFFER && !memchr(s->buffer, '\n', s->kept));
    if (code)
        return code;
    const char *newline = memchr(s->buffer, '\n', s->kept);
    size_t length = s->kept;
    /* What came of a pipe may end within a line. */
    while (s->options->stream && newline && s->buffer[length - 1] != '\n')
        length--;
    ds_scanner_delimit(s, s->options->delimiter
                              ? s->options->delimiter
                              : ds_scan_sniff(s->buffer, length, s->options->decimal_comma));
    s->result->crlf = newline && newline > s->buffer && newline[-1] == '\r';
    s->at_start = true;
    return NN_OK;
}

int ds_scanner_open(ds_scanner **scanner, const char *path, const ds_scan_options *options,
                    ds_row_handler handler, void *context, ds_scan_result *result, ds_scan_progress *progress,
                    nn_error *error)
{
    ds_source *source;
    *scanner = NULL;
    const int code = ds_source_open(&source, path, error);
    return code ? code
                : ds_scanner_begin(scanner, source, options, handler, context, result, progress, error);
}

int ds_scanner_begin(ds_scanner **scanner, ds_source *source, const ds_scan_options *options,
                     ds_row_handler handler, void *context, ds_scan_result *result,
                     ds_scan_progress *progress, nn_error *error)
{
    int code = NN_OK;
    *scanner = NULL;
    *result = (ds_scan_result){.delimiter = ','};
    if (progress)
        *progress = (ds_scan_progress){0};
    ds_scanner *s = calloc(1, sizeof *s);
    if (!s) {
        code = nn_fail(error, NN_FAILED, "%s: no memory", ds_source_name(source));
        ds_source_close(source);
        return code;
    }
    s->options = options;
    s->handler = handler;
    s->context = context;
    s->error = error;
    s->result = result;
    s->progress = progress ? progress : &s->own_progress;
    s->source = source;
    s->line = s->row_line = 1;
    s->ended = true;
    s->buffer = calloc(1, DS_SCAN_BUFFER + DS_SPLIT_BEHIND);
    if (csv_init(&s->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) || !s->buffer)
        code = fail_memory(s);
    csv_set_realloc_func(&s->parser, realloc);
    csv_set_free_func(&s->parser, free);
    csv_set_blk_size(&s->parser, 4096);
    if (!code)
        code = read_start(s);
    if (code)
        ds_scanner_close(s);
    else
        *scanner = s;
    return code;
}

const char *ds_scanner_peek(const ds_scanner *scanner, size_t *length)
{
    *length = scanner->kept;
    return scanner->buffer;
}

int ds_scanner_peek_more(ds_scanner *s, bool *more, nn_error *error)
{
    size_t got = 0;
    s->error = error;
    const int code = s->kept < DS_SCAN_BUFFER ? read_piece(s, &got) : NN_OK;
    *more = got > 0;
    return code;
}

bool ds_scanner_is_whole(const ds_scanner *scanner)
{
    return scanner->kept < DS_SCAN_BUFFER && !scanner->options->stream;
}

void ds_scanner_delimit(ds_scanner *scanner, char delimiter)
{
    scanner->result->delimiter = delimiter;
    csv_set_delim(&scanner->parser, (unsigned char)delimiter);
}

void ds_scanner_skip(ds_scanner *s, size_t bytes, size_t lines)
{
    s->kept -= bytes;
    memmove(s->buffer, s->buffer + bytes, s->kept);
    s->line = s->row_line = s->line + lines;
}

const char *ds_scanner_name(const ds_scanner *scanner)
{
    return ds_source_name(scanner->source);
}

/* --- a long file, split by several threads --- */

/* Fills pieces with whole lines, or with what there is of a line that is longer than a piece. What is behind
 * the last line end stays in the buffer. */
static void read_ahead(ds_scanner *s)
{
    ds_piece *piece;
    while (!s->read_all && (piece = ds_ahead_room(s->ahead))) {
        size_t got = 0;
        memcpy(piece->text, s->buffer, s->kept);
        s->failure = ds_source_read(s->source, piece->text + s->kept, DS_AHEAD_BYTES, &got, &s->failed);
        s->read_all = s->failure || got == 0;
        if (got == 0)
            return;
        s->read += got;
        const size_t length = s->kept + got;
        const char *newline = memrchr(piece->text, '\n', length);
        piece->length = newline ? (size_t)(newline - piece->text) + 1 : length;
        piece->progress = (ds_scan_progress){ds_source_size(s->source), s->read, ds_source_share(s->source)};
        s->kept = length - piece->length;
        memcpy(s->buffer, piece->text + piece->length, s->kept);
        ds_ahead_post(s->ahead);
    }
}

static int take_piece(ds_scanner *s, const ds_piece *piece)
{
    *s->progress = piece->progress;
    size_t used = 0;
    if (!piece->whole || !s->ended || (s->after_cr && *piece->text == '\n')) {
        scan_lines(s, piece->text, piece->length, &used);
        return s->status ? s->status : feed(s, piece->text + used, piece->length - used);
    }
    s->after_cr = false;
    for (int i = 0; i < piece->row_count && !s->status; i++) {
        const ds_piece_row *row = &piece->rows[i];
        s->row_line = s->line + (size_t)row->line;
        s->status = s->handler(s->context, piece->fields + row->first, row->count, s->row_line, s->error);
    }
    s->line += (size_t)piece->lines;
    return s->status;
}

static int step_ahead(ds_scanner *s, bool *more)
{
    read_ahead(s);
    const ds_piece *piece = ds_ahead_take(s->ahead);
    if (piece) {
        const int code = take_piece(s, piece);
        ds_ahead_done(s->ahead);
        return code;
    }
    if (s->failure) {
        nn_error_copy(s->error, &s->failed);
        return s->failure;
    }
    *more = false;
    const int code = feed(s, s->buffer, s->kept);
    s->kept = 0;
    return code ? code : finish(s);
}

/* The rows before what could not be read, then the failure. */
static int last_rows(ds_scanner *s, int failure)
{
    size_t used = 0;
    nn_error failed = {0};
    if (s->error)
        nn_error_copy(&failed, s->error);
    const int code = scan_lines(s, s->buffer, s->kept, &used);
    if (!code)
        nn_error_copy(s->error, &failed);
    return code ? code : failure;
}

/* Whether the pieces to come are split by several threads: lines of which a piece holds few are better taken
 * out of the large buffer. */
static bool goes_ahead(ds_scanner *s)
{
    enum { LEAST_LINES = 4 * (DS_SCAN_BUFFER / DS_AHEAD_BYTES) };
    if (!s->asked && !s->at_start && s->kept < DS_AHEAD_BYTES) {
        s->asked = true;
        if (!s->options->stream && !s->options->plain && s->filled && s->line > LEAST_LINES &&
            !ds_source_is_stream(s->source))
            s->ahead = ds_ahead_new(s->options->threads, s->result->delimiter);
        s->read = s->progress->done;
    }
    return s->ahead;
}

int ds_scanner_step(ds_scanner *s, bool *more, nn_error *error)
{
    s->error = error;
    *more = true;
    if (goes_ahead(s))
        return step_ahead(s, more);
    size_t got = s->kept;
    int code = s->at_start ? NN_OK : read_piece(s, &got);
    s->at_start = false;
    if (code)
        return last_rows(s, code);
    size_t used = 0;
    if ((code = scan_lines(s, s->buffer, s->kept, &used)))
        return code;
    const size_t rest = s->kept - used;
    if (got == 0 || rest == DS_SCAN_BUFFER) {
        if ((code = feed(s, s->buffer + used, rest)))
            return code;
        used = s->kept;
    }
    memmove(s->buffer, s->buffer + used, s->kept - used);
    s->kept -= used;
    *more = got != 0;
    return got == 0 ? finish(s) : NN_OK;
}

void ds_scanner_close(ds_scanner *s)
{
    if (!s)
        return;
    s->result->hash = ds_source_hash(s->source);
    ds_ahead_free(s->ahead);
    csv_free(&s->parser);
    free(s->buffer);
    free(s->text);
    free(s->fields);
    ds_source_close(s->source);
    free(s);
}

int ds_scan(const char *path, const ds_scan_options *options, ds_row_handler handler, void *context,
            ds_scan_result *result, ds_scan_progress *progress, nn_error *error)
{
    ds_scanner *scanner;
    int code = ds_scanner_open(&scanner, path, options, handler, context, result, progress, error);
    for (bool more = true; more && !code;)
        code = ds_scanner_step(scanner, &more, error);
    ds_scanner_close(scanner);
    return code;
}
