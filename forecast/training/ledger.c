/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of work that are done, in one file. */
#include "forecast/training/ledger.h"

#include "lib/base/clock.h"
#include "lib/files/output.h"
#include "lib/files/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ORIGIN "auspex.work"
#define DONE   "auspex.done"

enum { DIGITS = 16 }; /* of a real */

struct fc_ledger {
    char *path, *origin;
    json_t *done;
    fc_pace pace;
    bool resume, kept, fails;
    size_t pieces; /* noted since the file was written */
    double last;   /* when that was, seconds of nn_seconds */
    void (*say)(void *context, const char *line);
    void *context;
};

__attribute__((format(printf, 2, 3))) static void say(const fc_ledger *l, const char *format, ...)
{
    char text[1400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (l->say)
        l->say(l->context, text);
}

int fc_ledger_new(fc_ledger **out, const char *output, const fc_checkpoint_settings *settings,
                  void (*say_line)(void *context, const char *line), void *context, nn_error *error)
{
    fc_pace pace;
    *out = NULL;
    int code = fc_pace_make(&pace, settings, output, error);
    if (code || !pace.kept)
        return code;
    fc_ledger *l = calloc(1, sizeof *l);
    if (!l)
        return nn_no_memory(error);
    l->pace = pace;
    l->resume = settings->resume;
    l->say = say_line;
    l->context = context;
    l->last = nn_seconds();
    l->done = json_object();
    if (asprintf(&l->path, "%s.checkpoint", output) < 0)
        l->path = NULL;
    if (l->path && l->done)
        *out = l;
    else
        fc_ledger_free(l);
    return *out ? NN_OK : nn_no_memory(error);
}

void fc_ledger_free(fc_ledger *l)
{
    if (!l)
        return;
    json_decref(l->done);
    free(l->path);
    free(l->origin);
    free(l);
}

static int read_done(fc_ledger *l, const nn_st_file *file, nn_error *error)
{
    const char *origin = nn_st_metadata(file, ORIGIN), *text = nn_st_metadata(file, DONE);
    json_t *done = NULL;
    if (!origin || !text || !nn_st_is_proven(file))
        return nn_fail(error, NN_BAD_DATA, "%s: holds no work of this kind; without --resume it begins anew",
                       l->path);
    if (strcmp(origin, l->origin) != 0)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: is of a work with other data or settings; without --resume it begins anew",
                       l->path);
    const int code = nn_json_parse(&done, text, strlen(text), JSON_REJECT_DUPLICATES, error);
    if (code)
        return code;
    json_decref(l->done);
    l->done = done;
    l->kept = true;
    say(l, "goes on after %zu pieces of the work", json_object_size(done));
    return NN_OK;
}

int fc_ledger_begin(fc_ledger *l, json_t *origin, nn_error *error)
{
    struct stat status;
    nn_st_file *file;
    if (!l) {
        json_decref(origin);
        return NN_OK;
    }
    l->origin = nn_json_whole() ? nn_json_dump(origin, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(origin);
    if (!l->origin)
        return nn_no_memory(error);
    if (!l->resume)
        return NN_OK;
    if (stat(l->path, &status)) {
        say(l, "there is no %s to go on from: the work begins", l->path);
        return NN_OK;
    }
    int code = nn_st_open(&file, l->path, error);
    if (code)
        return code;
    code = read_done(l, file, error);
    nn_st_close(file);
    return code;
}

const char *fc_ledger_get(const fc_ledger *l, const char *piece)
{
    return l ? json_string_value(json_object_get(l->done, piece)) : NULL;
}

static int write_file(const fc_ledger *l, nn_error *error)
{
    nn_st_writer *writer = nn_st_writer_new();
    char *text = nn_json_whole() ? nn_json_dump(l->done, JSON_COMPACT) : NULL;
    int code = writer && text ? nn_st_writer_metadata(writer, ORIGIN, l->origin, error) : nn_no_memory(error);
    if (!code)
        code = nn_st_writer_metadata(writer, DONE, text, error);
    if (!code)
        code = nn_st_write(writer, l->path, error);
    nn_st_writer_free(writer);
    free(text);
    return code;
}

/* The work does not end because it cannot be kept. */
void fc_ledger_keep(fc_ledger *l)
{
    nn_error error = {0};
    if (!l || !l->pieces)
        return;
    const int code = write_file(l, &error);
    l->last = nn_seconds();
    l->pieces = code ? l->pieces : 0;
    l->kept = l->kept || !code;
    if (code && !l->fails)
        say(l, "the work goes on, but could not be kept: %s", error.text);
    l->fails = code != 0;
}

void fc_ledger_put(fc_ledger *l, const char *piece, const char *text)
{
    if (!l)
        return;
    if (text)
        nn_json_set(l->done, piece, json_string(text));
    else
        json_object_del(l->done, piece);
    l->pieces += text != NULL;
    const bool due =
        l->pace.epochs ? l->pieces >= (size_t)l->pace.epochs : nn_seconds() - l->last >= l->pace.seconds;
    if (due)
        fc_ledger_keep(l);
}

void fc_ledger_remove(fc_ledger *l)
{
    if (l)
        nn_output_remove(l->path);
}

const char *fc_ledger_path(const fc_ledger *l)
{
    return l && l->kept ? l->path : NULL;
}

char *fc_ledger_reals(const double *values, size_t count)
{
    char *text = malloc(DIGITS * count + 1);
    for (size_t i = 0; text && i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        snprintf(text + DIGITS * i, DIGITS + 1, "%016" PRIx64, bits);
    }
    if (text)
        text[DIGITS * count] = '\0';
    return text;
}

bool fc_ledger_read_reals(const char *text, double *values, size_t count)
{
    if (strlen(text) != DIGITS * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char word[DIGITS + 1], *end;
        memcpy(word, text + DIGITS * i, DIGITS);
        word[DIGITS] = '\0';
        const uint64_t bits = strtoull(word, &end, 16);
        if (*end)
            return false;
        memcpy(&values[i], &bits, sizeof bits);
    }
    return true;
}
