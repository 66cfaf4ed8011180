/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A subcommand as data: its option tables and texts feed the parser, --help, the man page and shell
 * completion. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "datasets/table/reading.h" /* many commands share its options, and the manual says them once */
#include "forecast/metric.h"
#include "forecast/model.h"
#include "lib/base/options.h"

/* Beside the codes of lib/error.h: the command ran, but the gate that the user asked for did not open; exit
 * code 4. */
enum { CLI_GATE = -5 };

/* Options that every command takes. */
typedef struct cli_common {
    int help, quiet, colour;
    char *memory; /* NULL: as much as there is */
} cli_common;
extern const nn_option cli_common_options[];

/* One option table and where its record lies in the command's settings. */
typedef struct cli_section {
    const char *title; /* heading in --help: "Reading the CSV file" */
    const nn_option *table;
    size_t offset; /* of the record */
} cli_section;

/* The heading of the options that every command takes which reads a CSV file; the man page of the program
 * lists them once. */
#define CLI_READING "Reading the CSV file"

/* A parsed command line. The settings begin with a cli_common. */
typedef struct cli_run {
    const struct cli_command *command;
    void *settings;
    const fc_kind *kind; /* where the command has one: the kind that --model names, and its settings */
    fc_purpose purpose;  /* of that kind, or of the model among the operands; FC_FORECASTS: none is known */
    void *config;
    char **operands;
    int operand_count;
    struct cli_folders *folders; /* owns words that stand for folders; NULL */
} cli_run;

typedef struct cli_example {
    const char *line, *what;
} cli_example;

/* Scores that a command gives, explained in --help and the man page. */
typedef struct cli_score_section {
    const char *title;        /* "Scores of prices"; NULL ends the list */
    const fc_metric *metrics; /* those with a meaning */
} cli_score_section;

typedef struct cli_command {
    const char *name;
    const char *summary;         /* one line, no full stop */
    const char *synopsis;        /* what follows "auspex train" in the usage line */
    const char *about;           /* paragraphs, parted by "\n\n" */
    const cli_example *examples; /* NULL line ends the list */
    const cli_section *sections; /* title NULL ends the list; cli_common is added by everyone who reads it */
    const cli_score_section *scores; /* NULL: none */
    /* Further ones, of models of one purpose; NULL: none. */
    const cli_section *own_sections[FC_PURPOSES];
    const cli_score_section *own_scores[FC_PURPOSES];
    size_t settings_size;
    int least_operands, most_operands;
    const char *operands; /* what they are, for messages: "DATA.csv MODEL" */
    const char *model;    /* the kind that is meant without --model; its settings, or those of the one that is
                             named, join the options. NULL: none */
    /* The kind of each purpose whose settings are read with --model auto, where options are of that purpose
     * alone; NULL: it is what its name says. */
    const char *automatic[FC_PURPOSES];
    bool networks;                   /* that may be one with a network */
    const nn_option *const *network; /* tables that only networks read, NULL at their end: without --model one
                                        of their options asks for a network. NULL: none */
    const nn_option *const *panel;   /* tables that only panels of stations ask for, likewise; NULL: none */
    int (*run)(cli_run *run, nn_error *error);
} cli_command;

/* Walks over the option tables of a command for models of a purpose; kind may be NULL. Start with *index 0;
 * NULL after the last. title and offset may be NULL. The offset of a model's settings is not meaningful: they
 * lie in run->config. */
const nn_option *cli_sections_next(const cli_command *command, const fc_kind *kind, fc_purpose purpose,
                                   int *index, const char **title, size_t *offset);

/* Whether a command has the option for models of a purpose, whatever their kind. */
bool cli_command_takes(const cli_command *command, fc_purpose purpose, const char *name);

/* The kinds that --model of a command may name, one after the other: NULL after the last. Start with *index
 * 0. */
const fc_kind *cli_command_kind(const cli_command *command, int *index);

/* Of those, the one whose settings help shows where none is named; NULL: the command has none. */
const fc_kind *cli_command_shown(const cli_command *command);

/* All commands, in the order of --help; the entry without a name ends them. */
extern const cli_command *const cli_commands[];
const cli_command *cli_command_find(const char *name);

#endif
