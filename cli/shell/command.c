/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks over the option tables of a command. */
#include "cli/shell/command.h"

const nn_option *cli_sections_next(const cli_command *command, const fc_kind *kind, fc_purpose purpose,
                                   int *index, const char **title, size_t *offset)
{
    static const cli_section common = {"Everywhere", cli_common_options, 0};
    const cli_section model = {"The model", kind ? kind->options : NULL, 0};
    const cli_section *const lists[] = {command->sections, command->own_sections[purpose]};
    const cli_section *found = NULL;
    int at = (*index)++;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && !found; i++)
        for (const cli_section *s = lists[i]; s && s->title && !found; s++)
            if (at-- == 0)
                found = s;
    if (!found && kind && at-- == 0)
        found = &model;
    if (!found && at == 0)
        found = &common;
    if (title)
        *title = found ? found->title : NULL;
    if (offset)
        *offset = found ? found->offset : 0;
    return found ? found->table : NULL;
}

bool cli_command_takes(const cli_command *command, fc_purpose purpose, const char *name)
{
    const nn_option *table;
    for (int i = 0; (table = cli_sections_next(command, NULL, purpose, &i, NULL, NULL));)
        if (nn_option_find(table, name))
            return true;
    return false;
}

const fc_kind *cli_command_kind(const cli_command *command, int *index)
{
    const fc_kind *kind = command->model ? fc_kind_at((*index)++) : NULL;
    while (kind && !command->networks && !kind->forecaster)
        kind = fc_kind_at((*index)++);
    return kind;
}

const fc_kind *cli_command_shown(const cli_command *command)
{
    return !command->model ? NULL : command->networks ? fc_kind_at(0) : fc_kind_find(command->model);
}
