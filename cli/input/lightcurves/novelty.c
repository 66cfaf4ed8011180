/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of novelty at the end. */
#include "cli/input/lightcurves/novelty.h"

#include "cli/shell/report.h"
#include "datasets/lightcurves/column_name.h"
#include "datasets/series/quantile.h"
#include "forecast/tasks/lightcurves/eye.h"

#include <math.h>

void cli_novelty_add(cli_novelty *n, const fc_engine *engine, const fc_slot *slot)
{
    if (slot->state != FC_SLOT_READY || isnan(slot->novelty))
        return;
    n->objects++;
    n->strange += slot->novelty >= CLI_STRANGE;
    if (n->sampled == CLI_NOISE_SAMPLE || !fc_engine_model(engine)->noise)
        return;
    if (!n->sampled) {
        n->least = INFINITY;
        n->most = -INFINITY;
    }
    n->noise[n->sampled++] = fc_eye_noise(fc_engine_eye(engine), fc_engine_model(engine), &slot->points);
    for (int i = 0; i < slot->points.count; i++) {
        n->least = fmin(n->least, slot->points.flux[i]);
        n->most = fmax(n->most, slot->points.flux[i]);
        n->most_error = fmax(n->most_error, slot->points.error[i]);
    }
}

/* The unit that fluxes would be of which come out this much too large; NULL: none is near. */
static const ds_flux_unit *unit_of(double zero_point, double factor)
{
    static const double zero_points[] = {8.9, 16.4, 23.9, 27.5, 31.4};
    for (size_t i = 0; i < sizeof zero_points / sizeof *zero_points; i++) {
        const double off = zero_points[i] - (zero_point + 2.5 * log10(factor));
        if (fabs(off) < 1.5 && fabs(zero_points[i] - zero_point) > 0.1)
            return ds_flux_unit_at(zero_points[i]);
    }
    return NULL;
}

/* How far the errors are off; within a factor of 20 surveys may differ. */
static void say_unit(cli_novelty *n, const ds_lightcurves *reader)
{
    const ds_lightcurve_report *report = ds_lightcurves_report(reader);
    const double factor = exp(ds_quantile(n->noise, n->sampled, 0.5));
    if (factor < 20 && factor > 1.0 / 20)
        return;
    if (!report->magnitudes && n->least > 8 && n->most < 32 && n->most_error < 3) {
        cli_say_note(
            "all values lie between %.4g and %.4g, which looks like magnitudes that were read as fluxes; the "
            "column's name, or --mag, says so",
            n->least, n->most);
        return;
    }
    const ds_flux_unit *unit =
        report->magnitudes || isnan(report->zero_point) ? NULL : unit_of(report->zero_point, factor);
    char hint[80] = "";
    if (unit)
        snprintf(hint, sizeof hint, ", such as %g (%s)", unit->zero_point, unit->name);
    cli_say_note(
        "the errors of the points are typically %.2g times those trained on: either the objects are as much "
        "%s, or their unit is another than was taken%s%s",
        factor, factor > 1 ? "brighter" : "fainter", report->magnitudes ? "" : "; --zp says which zero point",
        hint);
}

void cli_novelty_say(cli_novelty *n, const ds_lightcurves *reader)
{
    if (n->objects)
        cli_say_note("%zu of %zu objects look%s like nothing in training: a novelty of %.2f or more, which "
                     "about 1 in 100 "
                     "of the objects trained on would have%s",
                     n->strange, n->objects, n->strange == 1 ? "s" : "", CLI_STRANGE,
                     10 * n->strange > n->objects && n->strange > 2
                         ? "; the classes of such objects are guesses"
                         : "");
    if (n->sampled && reader)
        say_unit(n, reader);
}
