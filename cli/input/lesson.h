/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data that networks are trained on again and again: a table, a panel of stations or light curves, read once
 * as the settings of a training say. */
#ifndef CLI_LESSON_H
#define CLI_LESSON_H

#include "cli/input/holidays.h"
#include "cli/input/lightcurves/training_set.h"
#include "cli/input/recipe.h"
#include "cli/input/stations.h"
#include "forecast/task.h"

/* What the options of a training come to; a part of a command's settings. */
typedef struct cli_lesson_settings {
    cli_reading reading;
    cli_recipe recipe;
    cli_panel_settings panel;
    cli_training_settings objects;
    fc_training training;
    int threads, stride;
} cli_lesson_settings;
/* The sections of such settings, which lie at `offset` of the command's, by what models are for; each ends
 * with {0}. */
#define CLI_LESSON_FIELD(offset, field) ((offset) + offsetof(cli_lesson_settings, field))
#define CLI_LESSON_SECTIONS(offset)                                                                          \
    {"Data and model", cli_recipe_options, CLI_LESSON_FIELD(offset, recipe)},                                \
        {"Windows of a network", cli_window_options, CLI_LESSON_FIELD(offset, recipe)},                      \
        {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, CLI_LESSON_FIELD(offset, panel)},               \
        {"Windows of a panel", cli_stride_options, CLI_LESSON_FIELD(offset, stride)},                        \
        {"Training", fc_training_options, CLI_LESSON_FIELD(offset, training)},                               \
        {CLI_HOLIDAYS, cli_holidays_options, CLI_LESSON_FIELD(offset, reading)},                             \
        {CLI_READING, ds_reading_options, CLI_LESSON_FIELD(offset, reading)},                                \
    {                                                                                                        \
        0                                                                                                    \
    }
#define CLI_LESSON_CLASS_SECTIONS(offset)                                                                    \
    {"Objects and classes", cli_training_options, CLI_LESSON_FIELD(offset, objects)},                        \
        {"Table of objects", cli_metadata_options, CLI_LESSON_FIELD(offset, objects.metadata)},              \
        {"Training a classifier", fc_class_training_options, CLI_LESSON_FIELD(offset, training)},            \
        {"Reading photometry", cli_photometry_options, CLI_LESSON_FIELD(offset, objects.photometry)},        \
        {"Reading the files", cli_photometry_file_options, CLI_LESSON_FIELD(offset, objects.photometry)},    \
    {                                                                                                        \
        0                                                                                                    \
    }
extern const nn_option cli_stride_options[]; /* of an int */

typedef struct cli_lesson {
    cli_lesson_settings *settings;
    fc_request request; /* for a network of the data, without config of its own beside the command line's */
    ds_split split;
    ds_table *table, past; /* past: of the table */
    cli_panel panel;
    cli_training_set objects;
    fc_model *first; /* with the command line's settings; what the data were read for */
    nn_pool *pool;
} cli_lesson;

/* Reads the operand; sizes and training that are not given go by the data, as of a training. */
int cli_lesson_read(cli_lesson *lesson, const cli_run *run, const char *path, cli_lesson_settings *settings,
                    nn_error *error);
/* Notes in a new model of the lesson where its objects came from. */
void cli_lesson_note(const cli_lesson *lesson, fc_model *model);
void cli_lesson_clear(cli_lesson *lesson);

/* The command line of a training that makes the network of these settings from the lesson; malloced, NULL
 * without memory. config, training: the network's; windows: its look-back and horizon. */
char *cli_lesson_command(const cli_lesson *lesson, const cli_run *run, const char *path, const void *config,
                         const fc_training *training, nn_error *error);

#endif
