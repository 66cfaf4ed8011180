/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves as other programs have them classified: classifiers, sessions, and from file to file. */
#include "api/auspex_internal.h"

#include "datasets/lightcurves/catalogue.h"
#include "forecast/tasks/lightcurves/csv.h"
#include "forecast/tasks/lightcurves/stream.h"
#include "lib/base/shortage.h"
#include "lib/files/inputs.h"
#include "lib/files/output.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 16 /* objects of a file that are worked on together */ };

struct auspex_classifier {
    fc_classifier *model;
    struct stat file; /* no result may take its place */
};

struct auspex_session {
    const fc_classifier *model;
    fc_engine *engine; /* of one slot */
    size_t *order;     /* usable points, by time */
    size_t order_room;
    ds_points points; /* the usable points in that order */
    ds_bands bands;   /* the model's, and those of common use that have come by name */
};

/* --- classifiers --- */

static int open_classifier(auspex_classifier **out, const char *path, nn_error *error)
{
    if (!path)
        return nn_fail(error, NN_USAGE, "auspex_classifier_open: path is NULL");
    auspex_classifier *classifier = calloc(1, sizeof *classifier);
    if (!classifier)
        return nn_no_memory(error);
    fc_model *model;
    nn_shortage_forget();
    int code = fc_model_load(&model, FC_CLASSIFIES, path, error);
    if (!code && nn_shortage()) {
        fc_model_free(model);
        model = NULL;
        code = nn_no_memory(error);
    }
    classifier->model = fc_classifier_of(model);
    api_file_is(&classifier->file, path);
    if (code)
        free(classifier);
    else
        *out = classifier;
    return code;
}

int auspex_classifier_open(auspex_classifier **classifier, const char *path, auspex_error *error)
{
    nn_error own = {0};
    if (!classifier)
        return api_report(&own, nn_fail(&own, NN_USAGE, "auspex_classifier_open: classifier is NULL"), error);
    *classifier = NULL;
    return api_report(&own, open_classifier(classifier, path, &own), error);
}

int auspex_classifier_open_bytes(auspex_classifier **classifier, const char *name, const void *bytes,
                                 size_t size, auspex_error *error)
{
    nn_error own = {0};
    name = name ? name : "model";
    if (!classifier || !bytes)
        return api_report(&own,
                          nn_fail(&own, NN_USAGE, "auspex_classifier_open_bytes: %s is NULL",
                                  classifier ? "bytes" : "classifier"),
                          error);
    *classifier = NULL;
    const int fd = nn_input_lend(name, bytes, size, &own);
    const int code = fd < 0 ? NN_FAILED : open_classifier(classifier, name, &own);
    nn_inputs_return();
    if (fd >= 0)
        close(fd);
    return api_report(&own, code, error);
}

void auspex_classifier_close(auspex_classifier *classifier)
{
    if (!classifier)
        return;
    fc_model_free(&classifier->model->base);
    free(classifier);
}

const char *auspex_classifier_kind(const auspex_classifier *classifier)
{
    return classifier ? classifier->model->base.kind->name : NULL;
}

int auspex_classifier_classes(const auspex_classifier *classifier)
{
    return classifier ? classifier->model->classes : 0;
}

const char *auspex_classifier_class_name(const auspex_classifier *classifier, int class_index)
{
    const fc_classifier *m = classifier ? classifier->model : NULL;
    return m && class_index >= 0 && class_index < m->classes ? m->class_names[class_index] : NULL;
}

int auspex_classifier_bands(const auspex_classifier *classifier)
{
    return classifier ? classifier->model->bands.count : 0;
}

const char *auspex_classifier_band_name(const auspex_classifier *classifier, int band)
{
    const ds_bands *bands = classifier ? &classifier->model->bands : NULL;
    return bands && band >= 0 && band < bands->count ? bands->name[band] : NULL;
}

double auspex_classifier_band_wavelength(const auspex_classifier *classifier, int band)
{
    const ds_bands *bands = classifier ? &classifier->model->bands : NULL;
    return bands && band >= 0 && band < bands->count ? bands->wavelength[band] : NAN;
}

int auspex_classifier_find_band(const auspex_classifier *classifier, const char *name)
{
    return classifier && name ? ds_bands_find(&classifier->model->bands, name, strlen(name)) : -1;
}

int auspex_classifier_wants_redshift(const auspex_classifier *classifier)
{
    return classifier ? classifier->model->redshift : 0;
}

/* --- sessions --- */

static int open_session(auspex_session **out, const auspex_classifier *classifier, nn_error *error)
{
    if (!classifier)
        return nn_fail(error, NN_USAGE, "auspex_session_open: classifier is NULL");
    auspex_session *session = calloc(1, sizeof *session);
    if (!session)
        return nn_no_memory(error);
    session->model = classifier->model;
    session->bands = classifier->model->bands;
    int code = fc_engine_new(&session->engine, classifier->model, NULL, 1, true, error);
    if (code)
        auspex_session_close(session);
    else
        *out = session;
    if (!code)
        fc_engine_bands(session->engine, &session->bands);
    return code;
}

int auspex_session_open(auspex_session **session, const auspex_classifier *classifier, auspex_error *error)
{
    nn_error own = {0};
    if (!session)
        return api_report(&own, nn_fail(&own, NN_USAGE, "auspex_session_open: session is NULL"), error);
    *session = NULL;
    return api_report(&own, open_session(session, classifier, &own), error);
}

void auspex_session_close(auspex_session *session)
{
    if (!session)
        return;
    fc_engine_free(session->engine);
    ds_points_free(&session->points);
    free(session->order);
    free(session);
}

/* --- one object --- */

static int check_lightcurve(const auspex_lightcurve *curve, nn_error *error)
{
    if (curve->points > INT_MAX)
        return nn_fail(error, NN_USAGE, "auspex_classify: %zu points; at most %d", curve->points, INT_MAX);
    if (curve->points && (!curve->time || !curve->flux || !curve->error))
        return nn_fail(error, NN_USAGE, "auspex_classify: %s is NULL",
                       !curve->time   ? "time"
                       : !curve->flux ? "flux"
                                      : "error");
    if (curve->points && !curve->band && !curve->band_name)
        return nn_fail(error, NN_USAGE, "auspex_classify: band and band_name are both NULL");
    for (int e = 0; e < FC_EXTRAS && curve->redshift; e++)
        if (isinf(curve->redshift[e]))
            return nn_fail(error, NN_BAD_DATA, "redshift: number %d is infinite; NAN where it is not known",
                           e);
    return NN_OK;
}

/* The band of point i, -1 for another. */
static int find_band(int *band, auspex_session *self, const auspex_lightcurve *curve, size_t i,
                     nn_error *error)
{
    const ds_bands *bands = &self->model->bands;
    if (curve->band) {
        *band = curve->band[i];
        if (*band < -1 || *band >= bands->count)
            return nn_fail(error, NN_BAD_DATA, "band: point %zu has %d; expected 0 to %d, or -1 for another",
                           i, *band, bands->count - 1);
        return NN_OK;
    }
    const char *name = curve->band_name[i];
    if (!name)
        return nn_fail(error, NN_BAD_DATA, "band_name: point %zu has NULL", i);
    *band = ds_bands_find(&self->bands, name, strlen(name));
    if (*band < 0 && ds_bands_add_known(&self->bands, name, strlen(name)))
        *band = self->bands.count - 1;
    return NN_OK;
}

static int make_room(auspex_session *self, size_t points, nn_error *error)
{
    if (points > self->order_room) {
        const size_t room = points + points / 2;
        size_t *order = realloc(self->order, room * sizeof *order);
        if (!order)
            return nn_no_memory(error);
        self->order = order;
        self->order_room = room;
    }
    return ds_points_reserve(&self->points, (int)points, error);
}

/* Usable points in time order. */
static int gather(auspex_session *self, const auspex_lightcurve *curve, nn_error *error)
{
    int band = -1, code = make_room(self, curve->points, error);
    size_t used = 0;
    for (size_t i = 0; i < curve->points && !code; i++) {
        code = find_band(&band, self, curve, i, error);
        if (!code && band >= 0 && isfinite(curve->time[i]) && isfinite(curve->flux[i]) &&
            isfinite(curve->error[i]) && curve->error[i] > 0)
            self->order[used++] = i;
    }
    if (code)
        return code;
    ds_order_by_time(self->order, used, curve->time);
    ds_points *to = &self->points;
    for (size_t k = 0; k < used; k++) {
        const size_t i = self->order[k];
        find_band(&band, self, curve, i, NULL);
        to->time[k] = curve->time[i];
        to->flux[k] = curve->flux[i];
        to->error[k] = curve->error[i];
        to->band[k] = (uint8_t)band;
        to->detected[k] = curve->detected ? curve->detected[i] != 0
                                          : fabs(curve->flux[i]) >= DS_DETECTION * curve->error[i];
    }
    to->count = (int)used;
    return NN_OK;
}

static int run_engine(fc_engine *engine, int count, nn_error *error)
{
    const int alone = api_blas_begin();
    int code = fc_engine_run(engine, count, error);
    api_blas_end(alone);
    return code;
}

static int classify(auspex_session *self, const auspex_lightcurve *curve, nn_error *error)
{
    const ds_points *p = &self->points;
    int code = check_lightcurve(curve, error);
    if (!code)
        code = gather(self, curve, error);
    if (code)
        return code;
    const ds_lightcurve usable = {.id = curve->id ? curve->id : "the object",
                                  .count = p->count,
                                  .time = p->time,
                                  .flux = p->flux,
                                  .error = p->error,
                                  .band = p->band,
                                  .detected = p->detected};
    code = fc_engine_fill(self->engine, 0, &usable, self->model->redshift ? curve->redshift : NULL, -1,
                          INFINITY, error);
    return code ? code : run_engine(self->engine, 1, error);
}

static int status_of(const fc_slot *slot)
{
    switch (slot->state) {
    case FC_SLOT_EMPTY:
        return AUSPEX_EMPTY;
    case FC_SLOT_UNDETECTED:
        return AUSPEX_UNDETECTED;
    case FC_SLOT_FAILED:
        return AUSPEX_UNCLASSIFIABLE;
    case FC_SLOT_READY:
        break;
    }
    return slot->wide ? AUSPEX_CLASSIFIED_WIDE : AUSPEX_CLASSIFIED;
}

const char *auspex_status_name(int status)
{
    static const fc_slot slots[] = {[AUSPEX_CLASSIFIED] = {.state = FC_SLOT_READY},
                                    [AUSPEX_CLASSIFIED_WIDE] = {.state = FC_SLOT_READY, .wide = true},
                                    [AUSPEX_UNDETECTED] = {.state = FC_SLOT_UNDETECTED},
                                    [AUSPEX_EMPTY] = {.state = FC_SLOT_EMPTY},
                                    [AUSPEX_UNCLASSIFIABLE] = {.state = FC_SLOT_FAILED}};
    return status >= 0 && status < (int)(sizeof slots / sizeof *slots) ? fc_slot_status(&slots[status])
                                                                       : NULL;
}

int auspex_classify(auspex_session *session, const auspex_lightcurve *lightcurve, double *probabilities,
                    auspex_classification *result, auspex_error *error)
{
    nn_error own = {0};
    if (!session || !lightcurve)
        return api_report(
            &own, nn_fail(&own, NN_USAGE, "auspex_classify: %s is NULL", session ? "lightcurve" : "session"),
            error);
    int code = classify(session, lightcurve, &own);
    if (code)
        return api_report(&own, code, error);
    const fc_slot *slot = fc_engine_slot(session->engine, 0);
    const int classes = session->model->classes;
    const bool ready = slot->state == FC_SLOT_READY;
    for (int c = 0; probabilities && c < classes; c++)
        probabilities[c] = ready ? slot->probability[c] : NAN;
    if (result)
        *result = (auspex_classification){.status = status_of(slot),
                                          .class_index = ready ? fc_slot_class(slot, classes) : -1,
                                          .novelty = slot->novelty,
                                          .used = (size_t)session->points.count};
    return AUSPEX_OK;
}

/* --- files --- */

typedef struct table {
    const fc_classifier *model;
    FILE *out;
    bool flush;
} table;

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    (void)row, (void)age;
    const table *t = context;
    fc_classes_line(t->out, t->model, slot);
    return t->flush && fflush(t->out) ? nn_fail(error, NN_FAILED, "standard output cannot be written")
                                      : NN_OK;
}

static int classify_file(fc_classifier *model, const char *csv_path, const char *metadata_path, table *to,
                         nn_error *error)
{
    const ds_catalogue_options columns = {.numbers = model->redshift ? FC_REDSHIFT_COLUMNS : NULL};
    const ds_lightcurve_options options = {
        .bands = &model->bands, .bands_of_model = true, .more_bands = true, .drop_unknown_bands = true};
    ds_catalogue *catalogue = NULL;
    ds_lightcurves *reader = NULL;
    fc_engine *engine = NULL;
    int code = metadata_path ? ds_catalogue_read(&catalogue, metadata_path, &columns, error) : NN_OK;
    if (!code)
        code = ds_lightcurves_open(&reader, csv_path, &options, error);
    if (!code)
        code = fc_engine_new(&engine, model, NULL, SLOTS, true, error);
    if (!code) {
        fc_sweep sweep = {.reader = reader,
                          .catalogue = catalogue,
                          .engine = engine,
                          .redshift = model->redshift,
                          .part = -1,
                          .stream = strcmp(csv_path, "-") == 0,
                          .run = run_engine};
        fc_classes_header(to->out, model);
        code = fc_sweep_run(&sweep, take, to, error);
    }
    fc_engine_free(engine);
    ds_lightcurves_close(reader);
    ds_catalogue_free(catalogue);
    return code;
}

static int classify_csv(const auspex_classifier *classifier, const char *csv_path, const char *metadata_path,
                        const char *output_path, nn_error *error)
{
    if (!classifier || !csv_path || !output_path)
        return nn_fail(error, NN_USAGE, "auspex_classify_csv: %s is NULL",
                       !classifier ? "classifier"
                       : !csv_path ? "csv_path"
                                   : "output_path");
    api_reading_begin(&classifier->file);
    nn_output *output = nn_output_open(output_path, error);
    if (!output)
        return NN_FAILED;
    table to = {
        .model = classifier->model, .out = nn_output_stream(output), .flush = strcmp(output_path, "-") == 0};
    int code = classify_file(classifier->model, csv_path, metadata_path, &to, error);
    if (!code)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    return code;
}

int auspex_classify_csv(const auspex_classifier *classifier, const char *csv_path, const char *metadata_path,
                        const char *output_path, auspex_error *error)
{
    nn_error own = {0};
    int code = classify_csv(classifier, csv_path, metadata_path, output_path, &own);
    nn_inputs_forget();
    return api_report(&own, code, error);
}
