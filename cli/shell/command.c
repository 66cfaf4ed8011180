/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks over the option tables of a command. */
#include "cli/shell/command.h"

const nn_option *cli_sections_next(const cli_command *command, const fc_kind *kind, int *index,
                                   const char **title, size_t *offset)
{
    const cli_section *s = command->sections;
    int at = (*index)++, count = 0;
    while (s && s[count].title)
        count++;
    bool model = at == count && kind, common = at == count + (kind != NULL);
    if (title)
        *title = at < count ? s[at].title : model ? "The model" : "Everywhere";
    if (offset)
        *offset = at < count ? s[at].offset : 0;
    return at < count ? s[at].table : model ? kind->options : common ? cli_common_options : NULL;
}

bool cli_command_takes(const cli_command *command, const char *name)
{
    const nn_option *table;
    for (int i = 0; command && (table = cli_sections_next(command, NULL, &i, NULL, NULL));)
        if (nn_option_find(table, name))
            return true;
    return false;
}
