/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking the first piece of a file apart; lenient where the scan is strict, since it decides nothing alone.
 */
#include "datasets/text/sample.h"

#include <stdlib.h>
#include <string.h>

typedef struct cutter {
    ds_sample *sample;
    char *at, *end;
    char delimiter;
    size_t line;
} cutter;

static bool grow(void **block, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    const size_t more = 2 * *room + 64;
    void *bigger = realloc(*block, more * size);
    if (!bigger)
        return false;
    *block = bigger;
    *room = more;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_end(char c)
{
    return c == '\n' || c == '\r';
}

/* A quoted cell, its quotes taken off in place; stands behind it afterwards. */
static ds_text cut_quoted(cutter *c)
{
    char *from = ++c->at, *to = from;
    while (c->at < c->end) {
        if (*c->at == '"') {
            if (c->at + 1 < c->end && c->at[1] == '"') {
                c->at++;
            } else {
                c->at++;
                break;
            }
        }
        c->line += *c->at == '\n';
        *to++ = *c->at++;
    }
    while (to > from && is_blank(to[-1]))
        to--;
    while (from < to && is_blank(*from))
        from++;
    return (ds_text){from, (size_t)(to - from)};
}

static ds_text cut_plain(cutter *c)
{
    const char *from = c->at;
    while (c->at < c->end && !is_end(*c->at) && *c->at != c->delimiter)
        c->at++;
    const char *to = c->at;
    while (to > from && is_blank(to[-1]))
        to--;
    return (ds_text){from, (size_t)(to - from)};
}

static bool cut_cell(cutter *c)
{
    ds_sample *s = c->sample;
    while (c->at < c->end && is_blank(*c->at) && *c->at != c->delimiter)
        c->at++;
    const ds_text cell = c->at < c->end && *c->at == '"' ? cut_quoted(c) : cut_plain(c);
    while (c->at < c->end && !is_end(*c->at) && *c->at != c->delimiter)
        c->at++; /* what stands behind a closing quote */
    if (!grow((void **)&s->cells, s->cell_count, &s->cell_room, sizeof *s->cells))
        return false;
    s->cells[s->cell_count++] = cell;
    return true;
}

static void skip_blanks(cutter *c)
{
    while (c->delimiter == ' ' && c->at < c->end && is_blank(*c->at))
        c->at++; /* a run of blanks is one border */
}

static bool cut_row(cutter *c)
{
    ds_sample *s = c->sample;
    if (!grow((void **)&s->rows, s->row_count, &s->row_room, sizeof *s->rows))
        return false;
    ds_sample_row *row = &s->rows[s->row_count];
    *row = (ds_sample_row){.line = c->line, .offset = (size_t)(c->at - s->text), .first = s->cell_count};
    skip_blanks(c);
    for (bool more = true; more;) {
        if (!cut_cell(c))
            return false;
        skip_blanks(c);
        more = c->at < c->end && !is_end(*c->at);
        if (more && c->delimiter != ' ')
            c->at++;
    }
    if (c->at < c->end) {
        const bool both = *c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n';
        c->at += both ? 2 : 1;
        c->line++;
    }
    row->count = (int)(s->cell_count - row->first);
    const bool blank = row->count == 1 && s->cells[row->first].length == 0;
    if (blank)
        s->cell_count--;
    else
        s->row_count++;
    return true;
}

bool ds_sample_take(ds_sample *sample, const char *text, size_t length, char delimiter, bool whole,
                    size_t most)
{
    *sample = (ds_sample){.whole = whole};
    size_t used = length;
    while (!whole && used > 0 && text[used - 1] != '\n')
        used--;
    if (!(sample->text = malloc(used + 1)))
        return false;
    memcpy(sample->text, text, used);
    sample->text[used] = '\0';
    cutter c = {sample, sample->text, sample->text + used, delimiter, 1};
    while (c.at < c.end && (most == 0 || sample->row_count < most))
        if (!cut_row(&c)) {
            ds_sample_clear(sample);
            return false;
        }
    return true;
}

void ds_sample_clear(ds_sample *sample)
{
    free(sample->text);
    free(sample->cells);
    free(sample->rows);
    *sample = (ds_sample){0};
}

ds_text ds_sample_cell(const ds_sample *sample, size_t row, int column)
{
    const ds_sample_row *r = &sample->rows[row];
    return column < r->count ? sample->cells[r->first + (size_t)column] : (ds_text){"", 0};
}
