/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says which bands a classifier was shown in place of its own. */
#include "cli/input/lightcurves/other_bands.h"

#include "cli/shell/report.h"
#include "forecast/tasks/lightcurves/eye.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct list {
    char text[400];
    size_t at;
} list;

__attribute__((format(printf, 3, 4))) static void add(list *l, const char *joint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (l->at < sizeof l->text)
        l->at += (size_t)snprintf(l->text + l->at, sizeof l->text - l->at, "%s", l->at ? joint : "");
    if (l->at < sizeof l->text)
        l->at += (size_t)vsnprintf(l->text + l->at, sizeof l->text - l->at, format, arguments);
    va_end(arguments);
}

static const char *name_of(const fc_eye *eye, const fc_classifier *model, int place)
{
    return place < FC_OTHER_BAND ? model->bands.name[place] : eye->bands->name[place - FC_OTHER_BAND];
}

static void say_nearest(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT])
{
    uint64_t from[DS_BAND_LIMIT];
    list moved = {0};
    fc_eye_sources(eye, model, there, from);
    for (int m = 0; m < model->bands.count; m++) {
        list names = {0};
        for (int p = 0; p < 2 * DS_BAND_LIMIT && !there[m]; p++)
            if (from[m] >> p & 1)
                add(&names, ", ", "%s", name_of(eye, model, p));
        if (names.at)
            add(&moved, "; ", "%s from %s", model->bands.name[m], names.text);
    }
    if (moved.at)
        cli_say_note("the model's bands that are not there get the points of those nearest in wavelength, "
                     "moved to theirs "
                     "by a Gaussian process: %s",
                     moved.text);
}

/* The model's bands that lie outside of what is there. */
static void say_beyond(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT])
{
    double least = INFINITY, most = -INFINITY;
    list beyond = {0};
    for (int p = 0; p < 2 * DS_BAND_LIMIT; p++)
        if (there[p]) {
            least = fmin(least, eye->wavelength[p]);
            most = fmax(most, eye->wavelength[p]);
        }
    for (int m = 0; m < model->bands.count; m++)
        if (fc_band_known(model, m) &&
            (model->bands.wavelength[m] < least || model->bands.wavelength[m] > most))
            add(&beyond, ", ", "%s %.0f", model->bands.name[m], model->bands.wavelength[m]);
    if (beyond.at)
        cli_say_note(
            "outside of what was observed, %.0f to %.0f Angstrom, lies of the model's bands: %s; what it is "
            "told of them is extrapolated, and counts as novelty",
            least, most, beyond.text);
}

/* Whether no object has points in a band that every object trained on had. */
static bool lacks(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT])
{
    bool some = false, any = false;
    for (int m = 0; m < model->bands.count; m++) {
        some |= !there[m] && (eye->usual >> m & 1);
        any |= there[m];
    }
    return some && any;
}

void cli_other_bands_say(const fc_sweep *objects)
{
    if (!objects->reader)
        return;
    const fc_classifier *model = fc_engine_model(objects->engine);
    const ds_bands *bands = ds_lightcurves_bands(objects->reader);
    const ds_lightcurve_report *report = ds_lightcurves_report(objects->reader);
    bool there[2 * DS_BAND_LIMIT] = {false};
    list others = {0}, own = {0};
    fc_eye eye;
    fc_eye_open(&eye, model, bands);
    for (int b = 0; b < bands->count; b++)
        if (report->in_band[b]) {
            there[eye.place[b]] = true;
            if (eye.place[b] >= FC_OTHER_BAND)
                add(&others, ", ", "%s %.0f", bands->name[b], bands->wavelength[b]);
        }
    if (!others.at && !lacks(&eye, model, there))
        return;
    for (int m = 0; m < model->bands.count; m++)
        if (fc_band_known(model, m))
            add(&own, ", ", "%s %.0f", model->bands.name[m], model->bands.wavelength[m]);
    if (others.at)
        cli_say_note(
            "bands that are none of the model's are used at their own wavelengths (Angstrom): %s; the "
            "model's are %s",
            others.text, own.text);
    if (model->sight.features || model->sight.points)
        say_nearest(&eye, model, there);
    say_beyond(&eye, model, there);
}
