/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes trainings beside their output as they go, and puts them back where they were. */
#include "forecast/training/checkpoint.h"

#include "forecast/files/fields.h"
#include "forecast/model_internal.h"
#include "lib/base/clock.h"
#include "lib/files/inputs.h"
#include "lib/files/json_text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

#define STATE  "auspex.checkpoint"
#define ORIGIN "auspex.origin"
#define OFFERS "5m"

const nn_option fc_checkpoint_options[] = {
    {"checkpoint-every", 0, NN_TEXT, offsetof(fc_checkpoint_settings, every), OFFERS, "EPOCHS|TIME", 0, 0,
     "keep the training of a network in OUTPUT.checkpoint after so many epochs (1), or so long (90s, 5m, "
     "1h), and when it is stopped; 0: never"},
    {"resume", 0, NN_FLAG, offsetof(fc_checkpoint_settings, resume), "false", NULL, 0, 0,
     "go on with the training that OUTPUT.checkpoint holds, which gives the file that it would have given "
     "undisturbed; everything else of the command line stays"},
    {0}};

enum { TENSORS = 4 };
static const char *const tensor_names[TENSORS] = {"weights", "best", "moment1", "moment2"};

/* What a file holds beside tensors. */
typedef struct state {
    int epoch, epochs, best_epoch;
    size_t step, taken;
    double sum, start_loss;
    double *train_loss, *validation_loss;
} state;

static const fc_field state_fields[] = {
    {"epoch", FC_NUMBER, 0, .offset = offsetof(state, epoch), .least = 1, .most = 1e9},
    {"step", FC_SIZE, 0, .offset = offsetof(state, step), .most = 1e15},
    {"steps", FC_SIZE, 0, .offset = offsetof(state, taken), .most = 1e15},
    {"sum", FC_REAL, 0, .offset = offsetof(state, sum)},
    {"epochs", FC_NUMBER, 0, .offset = offsetof(state, epochs), .most = 1e6},
    {"best_epoch", FC_NUMBER, 0, .offset = offsetof(state, best_epoch), .most = 1e6},
    {"start_loss", FC_REAL, FC_NULLABLE, .offset = offsetof(state, start_loss)},
    {"train_loss", FC_REAL, FC_MANY | FC_NULLABLE, .offset = offsetof(state, train_loss),
     .count_offset = offsetof(state, epochs)},
    {"validation_loss", FC_REAL, FC_MANY | FC_NULLABLE, .offset = offsetof(state, validation_loss),
     .count_offset = offsetof(state, epochs)},
    {0}};

struct fc_checkpoint {
    char *output;
    char *path, *previous;
    int part; /* the number of the training in hand among several; 0: there is one */
    fc_pace pace;
    bool resume;
    void (*say)(void *context, const char *line);
    void *context;
    nn_keeper keeper;
    char *origin;            /* JSON: all that the training in hand follows from */
    int epochs;              /* that are asked for */
    double last;             /* when it was written, seconds of nn_seconds */
    bool there, kept, fails; /* the file is of this training; any is of this work; it could not be written */
};

__attribute__((format(printf, 2, 3))) static void say(const fc_checkpoint *c, const char *format, ...)
{
    char text[1400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (c->say)
        c->say(c->context, text);
}

/* --- one of them --- */

static int parse_every(fc_pace *pace, const char *text, nn_error *error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
    char *end;
    const double number = strtod(text, &end);
    const bool sound = end > text && number >= 0 && number <= 1e6;
    if (sound && !*end && number == floor(number)) {
        pace->epochs = (int)number;
        return NN_OK;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units && sound; i++)
        if (strcmp(end, units[i].unit) == 0) {
            pace->seconds = number * units[i].seconds;
            return NN_OK;
        }
    return nn_fail(error, NN_USAGE,
                   "--checkpoint-every: '%.40s' is neither a number of epochs nor a time such as 90s, 5m or "
                   "1h",
                   text);
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* Whether other files can stand beside it. */
static bool is_place(const char *output)
{
    struct stat status;
    return output && *output && strcmp(output, "-") && nn_input_lent(output) < 0 &&
           (stat(output, &status) || S_ISREG(status.st_mode));
}

int fc_pace_make(fc_pace *pace, const fc_checkpoint_settings *settings, const char *output, nn_error *error)
{
    *pace = (fc_pace){0};
    const int code = parse_every(pace, settings->every ? settings->every : OFFERS, error);
    const bool wanted = pace->epochs > 0 || pace->seconds > 0;
    pace->kept = wanted && is_place(output);
    if (!code && settings->resume && !pace->kept)
        return nn_fail(error, NN_USAGE, "--resume: %s",
                       wanted ? "nothing is kept of a work whose result is no file"
                              : "with --checkpoint-every 0 nothing is kept to go on from");
    return code;
}

int fc_checkpoint_new(fc_checkpoint **out, const char *output, const fc_checkpoint_settings *settings,
                      void (*say_line)(void *context, const char *line), void *context, nn_error *error)
{
    fc_pace pace;
    *out = NULL;
    int code = fc_pace_make(&pace, settings, output, error);
    if (code || !pace.kept)
        return code;
    fc_checkpoint *c = calloc(1, sizeof *c);
    if (!c)
        return nn_no_memory(error);
    c->say = say_line;
    c->context = context;
    c->resume = settings->resume;
    c->pace = pace;
    code = (c->output = strdup(output)) ? fc_checkpoint_part(c, 0, error) : nn_no_memory(error);
    if (code)
        fc_checkpoint_free(c);
    else
        *out = c;
    return code;
}

int fc_checkpoint_part(fc_checkpoint *c, int number, nn_error *error)
{
    char end[20] = "";
    if (number)
        snprintf(end, sizeof end, ".%d", number);
    free(c->path);
    free(c->previous);
    c->path = c->previous = NULL;
    c->part = number;
    if (asprintf(&c->path, "%s.checkpoint%s", c->output, end) < 0 ||
        asprintf(&c->previous, "%s.previous", c->path) < 0)
        return nn_no_memory(error);
    return NN_OK;
}

void fc_checkpoint_free(fc_checkpoint *c)
{
    if (!c)
        return;
    free(c->output);
    free(c->path);
    free(c->previous);
    free(c->origin);
    free(c);
}

void fc_checkpoint_remove(fc_checkpoint *c)
{
    if (!c)
        return;
    for (int last = c->part, part = last > 0; part <= last; part++)
        if (fc_checkpoint_part(c, part, NULL) == NN_OK) {
            nn_output_remove(c->path);
            nn_output_remove(c->previous);
        }
    c->there = c->kept = false;
}

void fc_checkpoint_forget(fc_checkpoint *c, int number)
{
    const int now = c->part;
    if (fc_checkpoint_part(c, number, NULL) == NN_OK) {
        nn_output_remove(c->path);
        nn_output_remove(c->previous);
    }
    (void)fc_checkpoint_part(c, now, NULL);
}

bool fc_checkpoint_is_there(const fc_checkpoint *c)
{
    return is_there(c->path) || is_there(c->previous);
}

const char *fc_checkpoint_path(const fc_checkpoint *c)
{
    return c && c->kept ? c->path : NULL;
}

/* --- writing --- */

static int add_state(nn_st_writer *writer, const nn_standing *at, nn_error *error)
{
    const state s = {at->epoch,      at->epochs,       at->best_epoch,       at->step, at->taken, at->sum,
                     at->start_loss, at->train_losses, at->validation_losses};
    json_t *object = json_object();
    nn_json_whole();
    fc_fields_write(object, state_fields, &s);
    char *text = nn_json_whole() ? nn_json_dump(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    const int code = text ? nn_st_writer_metadata(writer, STATE, text, error) : nn_no_memory(error);
    free(text);
    return code;
}

static int add_tensors(nn_st_writer *writer, const nn_standing *at, nn_error *error)
{
    const nn_real *data[TENSORS] = {at->weights, at->best, at->moment1, at->moment2};
    int code = add_state(writer, at, error);
#ifdef NN_DOUBLE
    (void)data;
    return code ? code : nn_fail(error, NN_FAILED, "trainings are kept in single precision only");
#else
    const int64_t shape[1] = {(int64_t)at->size};
    for (int i = 0; i < TENSORS && !code; i++)
        code = nn_st_writer_tensor(writer, tensor_names[i], 1, shape, data[i], error);
    return code;
#endif
}

/* The one before it stays whole beside it, whatever happens; a training that begins anew leaves none of an
 * earlier one. */
static int write_file(fc_checkpoint *c, const nn_standing *at, nn_error *error)
{
    nn_st_writer *writer = nn_st_writer_new();
    if (!writer)
        return nn_no_memory(error);
    int code = nn_st_writer_metadata(writer, ORIGIN, c->origin, error);
    if (!code)
        code = add_tensors(writer, at, error);
    if (!code && c->there)
        (void)rename(c->path, c->previous);
    if (!code)
        code = nn_st_write(writer, c->path, error);
    if (code && c->there)
        (void)rename(c->previous, c->path);
    if (!code && !c->there)
        nn_output_remove(c->previous);
    nn_st_writer_free(writer);
    return code;
}

static bool is_due(void *context, const nn_standing *at, nn_occasion occasion)
{
    const fc_checkpoint *c = context;
    if (occasion == NN_AT_STOP || (c->part && at->epoch > c->epochs))
        return true;
    if (c->pace.epochs)
        return occasion == NN_AFTER_EPOCH && at->epochs % c->pace.epochs == 0;
    return nn_seconds() - c->last >= c->pace.seconds;
}

/* A training does not end because it cannot be kept. */
static void keep(void *context, const nn_standing *at)
{
    fc_checkpoint *c = context;
    nn_error error = {0};
    const int code = write_file(c, at, &error);
    c->last = nn_seconds();
    if (!code)
        c->there = c->kept = true;
    if (code && !c->fails)
        say(c, "the training goes on, but could not be kept: %s", error.text);
    c->fails = code;
}

/* --- reading --- */

/* NULL for what is not JSON; an error only where memory is short. */
static int parse(json_t **object, const char *text, size_t flags, nn_error *error)
{
    nn_error reason = {0};
    *object = NULL;
    const int code = text ? nn_json_parse(object, text, strlen(text), flags, &reason) : NN_OK;
    return code == NN_FAILED ? nn_no_memory(error) : NN_OK;
}

static int read_state(state *s, const nn_st_file *file, nn_error *error)
{
    const char *text = nn_st_metadata(file, STATE), *path = nn_st_path(file);
    json_t *object;
    int code = parse(&object, text, JSON_REJECT_DUPLICATES, error);
    if (!code)
        code = object && nn_st_is_proven(file) ? fc_fields_read(state_fields, s, object, path, error)
                                               : nn_fail(error, NN_BAD_DATA, "%s: is no checkpoint", path);
    json_decref(object);
    if (!code && (s->best_epoch > s->epochs || s->epoch <= s->epochs))
        code = nn_fail(error, NN_BAD_DATA, "%s: its epochs do not fit each other", path);
    return code;
}

static int read_tensors(nn_standing *at, const nn_st_file *file, nn_error *error)
{
    nn_real *const data[TENSORS] = {at->weights, at->best, at->moment1, at->moment2};
    for (int i = 0; i < TENSORS; i++) {
        const nn_st_tensor *t = nn_st_find(file, tensor_names[i]);
        if (!t || t->count != at->size)
            return nn_fail(error, NN_BAD_DATA, "%s: '%s' is missing or of another size", nn_st_path(file),
                           tensor_names[i]);
#ifdef NN_DOUBLE
        (void)data;
#else
        nn_st_read_f32(file, t, data[i]);
#endif
    }
    return NN_OK;
}

static int put_back(const fc_checkpoint *c, nn_standing *at, const nn_st_file *file, nn_error *error)
{
    state s = {0};
    int code = read_state(&s, file, error);
    if (!code && s.epochs > c->epochs)
        code = nn_fail(error, NN_BAD_DATA, "%s: has more epochs than are asked for", nn_st_path(file));
    if (!code && s.epoch <= c->epochs && s.epoch != s.epochs + 1)
        code = nn_fail(error, NN_BAD_DATA, "%s: its epochs do not fit each other", nn_st_path(file));
    if (!code)
        code = read_tensors(at, file, error);
    if (!code) {
        at->epoch = s.epoch;
        at->step = s.step;
        at->sum = s.sum;
        at->taken = s.taken;
        at->epochs = s.epochs;
        at->best_epoch = s.best_epoch;
        at->start_loss = s.start_loss;
        memcpy(at->train_losses, s.train_loss, (size_t)s.epochs * sizeof(double));
        memcpy(at->validation_losses, s.validation_loss, (size_t)s.epochs * sizeof(double));
    }
    fc_fields_clear(state_fields, &s);
    return code;
}

/* The first value that differs, for people: false where none does. */
static bool find_difference(const json_t *then, const json_t *now, const char *key, char *text, size_t size)
{
    const char *inner;
    json_t *value;
    if (json_is_object(then) && json_is_object(now)) {
        json_object_foreach((json_t *)now, inner, value)
        {
            if (find_difference(json_object_get(then, inner), value, inner, text, size))
                return true;
        }
        return false;
    }
    if (then && json_equal(then, now))
        return false;
    char *old = then ? nn_json_dump(then, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *new = nn_json_dump(now, JSON_ENCODE_ANY | JSON_COMPACT);
    if (old && new &&strlen(old) < 60 && strlen(new) < 60)
        snprintf(text, size, "'%s' is %s there and %s now", key, old, new);
    else
        snprintf(text, size, "'%s' is another there", key);
    free(old);
    free(new);
    return true;
}

static int check_origin(const fc_checkpoint *c, const nn_st_file *file, nn_error *error)
{
    const char *text = nn_st_metadata(file, ORIGIN), *path = nn_st_path(file);
    char what[300] = "it holds no training";
    if (text && strcmp(text, c->origin) == 0)
        return NN_OK;
    json_t *then, *now = NULL;
    int code = parse(&then, text, 0, error);
    if (!code)
        code = parse(&now, c->origin, 0, error);
    if (then && now && !find_difference(then, now, "", what, sizeof what))
        snprintf(what, sizeof what, "settings differ");
    json_decref(then);
    json_decref(now);
    if (code)
        return code;
    return nn_fail(error, NN_BAD_DATA,
                   "%s: is of a training with other data or settings (%s); without --resume it begins anew",
                   path, what);
}

/* *broken: the file is of no use, and an older one may be. */
static int resume_from(fc_checkpoint *c, nn_standing *at, const char *path, bool *broken, nn_error *error)
{
    nn_st_file *file;
    *broken = true;
    int code = nn_st_open(&file, path, error);
    if (code)
        return code;
    if (nn_st_metadata(file, ORIGIN) && (code = check_origin(c, file, error)))
        *broken = false;
    if (!code)
        code = put_back(c, at, file, error);
    nn_st_close(file);
    return code;
}

static int resume(void *context, nn_standing *at, nn_error *error)
{
    fc_checkpoint *c = context;
    bool broken;
    c->last = nn_seconds();
    if (!c->resume)
        return NN_OK;
    if (!fc_checkpoint_is_there(c)) {
        if (!c->part)
            say(c, "there is no %s to go on from: the training begins", c->path);
        return NN_OK;
    }
    int code = resume_from(c, at, c->path, &broken, error);
    if (code && broken && is_there(c->previous)) {
        if (is_there(c->path))
            say(c, "%s; the one before it is taken", error ? error->text : "");
        code = resume_from(c, at, c->previous, &broken, error);
        if (!code)
            (void)rename(c->previous, c->path);
    }
    if (code)
        return code;
    c->there = c->kept = true;
    if (at->epoch <= c->epochs)
        say(c, "goes on in epoch %d after step %zu; the best epoch so far is %d", at->epoch, at->step,
            at->best_epoch);
    else if (!c->part)
        say(c, "goes on after its %d epochs", at->epochs);
    return NN_OK;
}

/* --- what a training follows from --- */

/* All that its model's file would hold before the first step, the weights as their hash, and how many samples
 * there are. */
static json_t *make_origin(const fc_model *model, const fc_lesson *lesson, const fc_request *request)
{
    json_t *origin = fc_model_entries(model);
    const nn_params *params = model->params;
    nn_json_set(origin, "version", json_string(AUSPEX_VERSION));
    nn_json_set(origin, "model", json_string(model->kind->name));
    nn_json_set(origin, "data", nn_json_hash(model->record.data_hash));
    nn_json_set(origin, "samples to train", json_integer((json_int_t)lesson->train.count));
    nn_json_set(origin, "samples to validate", json_integer((json_int_t)lesson->validation.count));
    nn_json_set(origin, "weights at the start",
                nn_json_hash(XXH64(params->data, params->size * sizeof(nn_real), 0)));
    if (request->teacher) {
        const nn_params *known = request->teacher->params;
        nn_json_set(origin, "teacher", nn_json_hash(XXH64(known->data, known->size * sizeof(nn_real), 0)));
        nn_json_set(origin, "share of the teacher", json_real(request->blend));
    }
    return origin;
}

int fc_checkpoint_begin(const nn_keeper **keeper, fc_checkpoint *c, const fc_model *model,
                        const fc_lesson *lesson, const fc_request *request, nn_error *error)
{
    nn_json_whole();
    json_t *origin = make_origin(model, lesson, request);
    free(c->origin);
    c->origin = nn_json_whole() ? nn_json_dump(origin, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(origin);
    if (!c->origin)
        return nn_no_memory(error);
    c->epochs = model->record.training.epochs;
    c->there = false;
    c->keeper = (nn_keeper){.context = c, .resume = resume, .due = is_due, .keep = keep};
    *keeper = &c->keeper;
    return NN_OK;
}
