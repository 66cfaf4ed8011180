/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated objects as CSV in the form of PLAsTiCC. */
#ifndef DS_SIMULATE_WRITE_H
#define DS_SIMULATE_WRITE_H

#include "datasets/simulate/simulate.h"
#include "datasets/simulate/sink.h"

/* object_id,mjd,passband,flux,flux_err,detected */
void ds_sim_write_header(ds_sink *sink);
void ds_sim_write_epochs(ds_sink *sink, const ds_sim_survey *survey, const ds_sim_object *object);
/* object_id,ra,decl,ddf,hostgal_specz,hostgal_photoz,hostgal_photoz_err,distmod,mwebv,target,class; with
 * truth also true_model,true_z,true_peakmjd,true_mag,true_period,true_timescale,true_shape */
void ds_sim_write_metadata_header(ds_sink *sink, bool truth);
void ds_sim_write_metadata(ds_sink *sink, const ds_sim_object *object, bool truth);

#endif
