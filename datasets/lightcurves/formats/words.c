/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves in words parted by blanks: tables with lined-up columns, SNANA's KEY: value files, one object
 * or many in a file, and sncosmo's tables. */
#include "datasets/lightcurves/lightcurve_internal.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

ds_photometry_form ds_photometry_text_form(const char *text, size_t length)
{
    static const char *const keys[] = {"SURVEY:", "SNID:", "VARLIST:", "CID:", "DOCUMENTATION:"};
    size_t at = 0;
    while (at < length) {
        while (at < length && strchr(" \t\r\n", text[at]))
            at++;
        if (at == length || text[at] != '#')
            break;
        const char *newline = memchr(text + at, '\n', length - at);
        at = newline ? (size_t)(newline - text) : length;
    }
    if (at < length && text[at] == '@')
        return DS_PHOTOMETRY_SNCOSMO;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (length - at >= strlen(keys[k]) && memcmp(text + at, keys[k], strlen(keys[k])) == 0)
            return DS_PHOTOMETRY_SNANA;
    return DS_PHOTOMETRY_CSV;
}

static int add_word(ds_lightcurves *r, const char *text, size_t length, int *count)
{
    if (*count == r->word_room) {
        ds_field *more = nn_resize(r->words, 2 * (size_t)r->word_room, sizeof *more, 1);
        if (!more)
            return ds_photometry_no_memory(r);
        r->words = more;
        r->word_room *= 2;
    }
    r->words[(*count)++] = ds_field_of(text, length);
    return NN_OK;
}

/* The scanner parts fields at each blank: the empty ones go, and tabs part too. */
static int split_words(ds_lightcurves *r, const ds_field *fields, int fields_count, int *count)
{
    int code = NN_OK;
    *count = 0;
    for (int i = 0; i < fields_count; i++)
        for (size_t at = 0; at < fields[i].length && !code;) {
            const char *start = fields[i].text + at, *end = fields[i].text + fields[i].length;
            const char *stop = start;
            while (stop < end && *stop != '\t')
                stop++;
            if (stop > start)
                code = add_word(r, start, (size_t)(stop - start), count);
            at = (size_t)(stop - fields[i].text) + 1;
        }
    return code;
}

static bool is_key(const ds_field *word, const char *key)
{
    return word->length == strlen(key) && memcmp(word->text, key, word->length) == 0;
}

static int take_snana(ds_lightcurves *r, int count, size_t line)
{
    const ds_field *key = &r->words[0];
    r->one_object = true; /* ids stand outside of the rows */
    if (is_key(key, "SNID:") || is_key(key, "CID:")) {
        ds_photometry_object_end(r);
        return count > 1
                   ? ds_photometry_object(r, r->words[1].text, r->words[1].length, line)
                   : nn_fail(r->error, NN_BAD_DATA, "%s:%zu: the object's id is missing", r->name, line);
    }
    if (is_key(key, "END:"))
        ds_photometry_object_end(r);
    if (is_key(key, "VARLIST:"))
        return ds_photometry_header(r, r->words + 1, count - 1, line);
    if (!is_key(key, "OBS:"))
        return NN_OK;
    if (!r->has_header)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: OBS: before the names of its columns (VARLIST:)",
                       r->name, line);
    if (!r->open)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: OBS: before the object's id (SNID:)", r->name, line);
    return ds_photometry_row(r, r->words + 1, count - 1, line);
}

/* The object is called as the header's @SNID or @name says, else as the file. */
static int take_sncosmo(ds_lightcurves *r, int count, size_t line)
{
    const ds_field *key = &r->words[0];
    if (key->text[0] == '@') {
        static const char *const names[] = {"@snid", "@name", "@id", "@object_id"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (count > 1 && key->length == strlen(names[i]) &&
                strncasecmp(key->text, names[i], key->length) == 0)
                return ds_photometry_object(r, r->words[1].text, r->words[1].length, line);
        return NN_OK;
    }
    if (r->has_header)
        return ds_photometry_row(r, r->words, count, line);
    if (!r->open) {
        const int code = ds_photometry_object_of_file(r, line);
        if (code)
            return code;
    }
    r->one_object = true;
    return ds_photometry_header(r, r->words, count, line);
}

int ds_photometry_text_row(void *context, const ds_field *fields, int fields_count, size_t line,
                           nn_error *error)
{
    ds_lightcurves *r = context;
    (void)error;
    int count;
    const int code = split_words(r, fields, fields_count, &count);
    if (code || count == 0 || r->words[0].text[0] == '#')
        return code;
    if (r->form == DS_PHOTOMETRY_WORDS)
        return r->has_header ? ds_photometry_row(r, r->words, count, line)
                             : ds_photometry_header(r, r->words, count, line);
    return r->form == DS_PHOTOMETRY_SNCOSMO ? take_sncosmo(r, count, line) : take_snana(r, count, line);
}
