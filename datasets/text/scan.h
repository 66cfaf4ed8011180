/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as a stream of rows (RFC 4180 by libcsv, strict about quotes). Unquoted fields lose blanks and
 * tabs at both ends; blank lines are skipped; LF, CRLF and CR end a line. Where the delimiter is a blank, a
 * run of them is one, and an empty field cannot be. */
#ifndef DS_SCAN_H
#define DS_SCAN_H

#include "datasets/text/field.h"
#include "datasets/text/source.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One row; line is the 1-based line it begins on. Non-zero stops the scan, which returns it. */
typedef int (*ds_row_handler)(void *context, const ds_field *fields, int count, size_t line, nn_error *error);

enum { DS_SCAN_BUFFER = DS_BUFFER(1 << 18) }; /* bytes that are looked at before the first row */

typedef struct ds_scan_options {
    char delimiter;     /* 0: sniffed among ',', ';', tab and '|' */
    bool decimal_comma; /* then ',' is not sniffed */
    bool stream;        /* take pieces as they come, from a pipe */
    bool plain;         /* every byte through libcsv, without the short cut for lines that hold no quotes */
    int threads;        /* that split a long file; 0: up to three, as the machine has them. 1: the caller's */
} ds_scan_options;

typedef struct ds_scan_result {
    char delimiter;
    bool crlf;
    size_t lines;
    uint64_t hash; /* of the uncompressed bytes */
} ds_scan_result;

/* Errors name path, line and (a field's number in its row) column. result and progress are filled as the scan
 * goes: the delimiter before the first row. progress may be NULL. */
int ds_scan(const char *path, const ds_scan_options *options, ds_row_handler handler, void *context,
            ds_scan_result *result, ds_scan_progress *progress, nn_error *error);

/* The same in steps, for readers that hand out what they have before the file ends. ds_scanner_open reads the
 * first piece of the file, and result->delimiter is known; result, progress, the options and the handler's
 * context are used until the close. A step hands over the rows of one piece, as soon as they are there when
 * options->stream; *more is false after the last. */
typedef struct ds_scanner ds_scanner;
int ds_scanner_open(ds_scanner **scanner, const char *path, const ds_scan_options *options,
                    ds_row_handler handler, void *context, ds_scan_result *result, ds_scan_progress *progress,
                    nn_error *error);
/* The same with a source that was opened, which becomes the scanner's, even on failure. */
int ds_scanner_begin(ds_scanner **scanner, ds_source *source, const ds_scan_options *options,
                     ds_row_handler handler, void *context, ds_scan_result *result,
                     ds_scan_progress *progress, nn_error *error);
/* The first bytes, before the first step. */
const char *ds_scanner_peek(const ds_scanner *scanner, size_t *length);
/* One more piece for the next peek, as soon as anything is there; *more: there was one, and room for it. */
int ds_scanner_peek_more(ds_scanner *scanner, bool *more, nn_error *error);
bool ds_scanner_is_whole(const ds_scanner *scanner); /* they are all of the file, as far as is known */
void ds_scanner_delimit(ds_scanner *scanner, char delimiter); /* before the first step */
size_t ds_count_lines(const char *text, size_t length);       /* LF, CRLF and CR end one */
/* Leaves out the first bytes, which are whole lines; before the first step. */
void ds_scanner_skip(ds_scanner *scanner, size_t bytes, size_t lines);
int ds_scanner_step(ds_scanner *scanner, bool *more, nn_error *error);
void ds_scanner_close(ds_scanner *scanner);
const char *ds_scanner_name(const ds_scanner *scanner);

/* The delimiter of a piece of CSV text; ',' where there is none at all. */
char ds_scan_sniff(const char *text, size_t length, bool decimal_comma);

#endif
