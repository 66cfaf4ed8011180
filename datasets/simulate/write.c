/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes simulated objects and their table as PLAsTiCC does. */
#include "datasets/simulate/write.h"

void ds_sim_write_header(ds_sink *sink)
{
    ds_sink_text(sink, "object_id,mjd,passband,flux,flux_err,detected\n");
}

void ds_sim_write_epochs(ds_sink *sink, const ds_sim_survey *survey, const ds_sim_object *o)
{
    for (const ds_sim_epoch *e = o->epochs; e < o->epochs + o->count; e++) {
        ds_sink_number(sink, (double)(o->number + 1), 0);
        ds_sink_char(sink, ',');
        ds_sink_number(sink, e->mjd, 4);
        ds_sink_char(sink, ',');
        if (survey->lsst)
            ds_sink_char(sink, (char)('0' + e->band));
        else
            ds_sink_text(sink, survey->name[e->band]);
        ds_sink_char(sink, ',');
        ds_sink_number(sink, e->flux, 3);
        ds_sink_char(sink, ',');
        ds_sink_number(sink, e->error, 3);
        ds_sink_text(sink, e->detected ? ",1\n" : ",0\n");
    }
}

void ds_sim_write_metadata_header(ds_sink *sink, bool truth)
{
    ds_sink_text(sink, "object_id,ra,decl,ddf,hostgal_specz,hostgal_photoz,hostgal_photoz_err,distmod,mwebv,"
                       "target,class");
    if (truth)
        ds_sink_text(sink, ",true_model,true_z,true_peakmjd,true_mag,true_period,true_timescale,true_shape");
    ds_sink_char(sink, '\n');
}

static void field(ds_sink *sink, double value, int decimals)
{
    ds_sink_gap(sink, value, decimals);
    ds_sink_char(sink, ',');
}

void ds_sim_write_metadata(ds_sink *sink, const ds_sim_object *o, bool truth)
{
    const ds_sim_class *c = ds_sim_classes + o->label;
    field(sink, (double)(o->number + 1), 0);
    field(sink, o->ra, 6);
    field(sink, o->decl, 6);
    field(sink, o->deep, 0);
    field(sink, o->specz, 4);
    field(sink, o->photoz, 4);
    field(sink, o->photoz_error, 4);
    field(sink, o->distmod, 4);
    field(sink, o->mwebv, 3);
    field(sink, c->code, 0);
    ds_sink_text(sink, c->name);
    if (truth) {
        ds_sink_char(sink, ',');
        ds_sink_text(sink, o->true_model);
        ds_sink_char(sink, ',');
        field(sink, o->true_z, 5);
        field(sink, o->true_peak, 3);
        field(sink, o->true_magnitude, 3);
        field(sink, o->true_period, 7);
        field(sink, o->true_timescale, 3);
        ds_sink_gap(sink, o->true_shape, 4);
    }
    ds_sink_char(sink, '\n');
}
