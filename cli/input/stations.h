/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of every command that takes a file as a panel of stations. */
#ifndef CLI_PANEL_OPTIONS_H
#define CLI_PANEL_OPTIONS_H

#include "cli/input/reading.h"
#include "datasets/stations/panel.h"
#include "forecast/model.h"

typedef struct cli_panel_settings {
    char *stations, *adjacency, *target, *future, *statics, *mask;
    int neighbours, disconnected;
} cli_panel_settings;
extern const nn_option cli_panel_options[];
/* The same without --target, for commands that have one of their own. */
#define CLI_PANEL_OPTIONS_BUT_TARGET (cli_panel_options + 1)
#define CLI_PANEL_OPTIONS_BUT_ROLES  (cli_panel_options + 2) /* nor --future */

/* A panel and what it borrows. */
typedef struct cli_panel {
    ds_table *table;
    ds_stations *stations; /* NULL: no stations file */
    double *adjacency; /* S x S of the file, or by distance where there are only stations; NULL: neither */
    ds_panel *panel;
} cli_panel;

/* Whether any option says that the file is a panel. */
bool cli_panel_asked(const cli_panel_settings *settings);
/* Whether the file is a panel to a kind: what is known beforehand alone does not make one of a wide table, to
 * kinds that go by it. */
bool cli_panel_meant(const cli_panel_settings *settings, const fc_kind *kind, const ds_reading *reading);
/* NN_USAGE where it is, for commands about to read a table for a kind that does not forecast panels; and
 * where there are holidays, and the kind does not go by them. */
int cli_check_roles(const cli_panel_settings *settings, const fc_kind *kind, const ds_reading *reading,
                    nn_error *error);

/* Takes over the table (NULL afterwards; freed on failure too) and reads what the settings name. On failure
 * everything is clear. */
int cli_panel_make(cli_panel *panel, ds_table **table, const cli_panel_settings *settings, nn_error *error);
/* The same from a file. Missing values are kept for the panel unless --on-missing decides; says the notes. */
int cli_panel_read(cli_panel *panel, const char *path, const cli_reading *reading,
                   const cli_panel_settings *settings, nn_error *error);
/* The same from the one operand there may be, for a model to learn from: only who asks for a network limits
 * whom stations attend to. */
int cli_panel_learn(cli_panel *panel, char *const *paths, int count, const cli_reading *reading,
                    const cli_panel_settings *settings, nn_error *error);
/* As a model of panels knows it, with the stations of --stations or those that the model remembers. */
int cli_panel_read_for(cli_panel *panel, const char *path, const cli_reading *reading,
                       const cli_panel_settings *settings, const fc_model *model, nn_error *error);
void cli_panel_clear(cli_panel *panel);

#endif
