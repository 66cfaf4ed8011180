/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data that a trained network is measured on while it is made smaller: what compress, prune, fuse and the
 * like share. */
#ifndef CLI_TRIAL_DATA_H
#define CLI_TRIAL_DATA_H

#include "cli/input/holidays.h"
#include "cli/input/lightcurves/survey.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/shell/command.h"
#include "forecast/request.h"
#include "forecast/tasks/lightcurves/training/fit.h"

typedef struct cli_trial_settings {
    char *data, *split;
    int stride, threads;
    cli_reading reading;
    cli_panel_settings panel;
    cli_survey_settings survey;
} cli_trial_settings;
extern const nn_option cli_trial_options[];        /* --data, --split, --threads */
extern const nn_option cli_trial_stride_options[]; /* --stride, of panels */
extern const nn_option cli_trial_label_options[];  /* --label, --classes */

/* The sections of a command whose settings have a cli_trial_settings in `field`: of forecasting models, of
 * classifiers. */
#define CLI_TRIAL_SECTION(type, field)                                                                       \
    {                                                                                                        \
        "Data to measure it on", cli_trial_options, offsetof(type, field)                                    \
    }
#define CLI_TRIAL_FORECASTS(type, field)                                                                     \
    {"Panels of stations", cli_panel_options, offsetof(type, field.panel)},                                  \
        {"Windows of a panel", cli_trial_stride_options, offsetof(type, field)},                             \
        {CLI_HOLIDAYS, cli_holidays_options, offsetof(type, field.reading)},                                 \
    {                                                                                                        \
        CLI_READING, ds_reading_options, offsetof(type, field.reading)                                       \
    }
#define CLI_TRIAL_CLASSIFIES(type, field)                                                                    \
    {"Objects and classes", cli_trial_label_options, offsetof(type, field)},                                 \
        {"Table of objects", cli_metadata_options, offsetof(type, field.survey.metadata)},                   \
        {"Reading photometry", cli_photometry_options, offsetof(type, field.survey.photometry)},             \
    {                                                                                                        \
        "Reading the files", cli_photometry_file_options, offsetof(type, field.survey.photometry)            \
    }

typedef struct cli_trial_data {
    fc_request request; /* as a model that goes on wants it */
    cli_source source;
    ds_table past;
    cli_panel panel;
    ds_split split;
    cli_survey survey;
    const char *names[FC_MOST_CLASSES];
    fc_class_set set;
} cli_trial_data;

/* Reads --data as the model's own were, and cuts them: by --split, else as the model was trained. Light
 * curves are read through the model, which is borrowed. Clear after failure too. */
int cli_trial_data_open(cli_trial_data *data, const cli_trial_settings *settings, fc_model *model,
                        nn_error *error);
void cli_trial_data_clear(cli_trial_data *data);

/* How much of a model's answers is those of the forest beside it; 0: none is in them. */
double cli_forest_share(const fc_model *model);

/* "1%" or "0.01", below 1; NN_USAGE names the option otherwise. */
int cli_parse_share(double *share, const char *option, const char *text, nn_error *error);

#endif
