/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex blocks: the interchangeable parts of networks, what they cost and where they may be used. */
#include "cli/shell/list.h"

#include "cli/shell/help.h"
#include "cli/shell/json.h"
#include "cli/shell/table.h"
#include "lib/parts/part.h"

#include <stdio.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    int json;
} settings;

static const nn_option options[] = {
    {"json", 0, NN_FLAG, offsetof(settings, json), "false", NULL, 0, 0, "one JSON document"}, {0}};

static const struct {
    unsigned flag;
    const char *name, *meaning;
} flags[] = {{NN_PART_ORDER, "order", "needs tokens that stand in an order, as times do"},
             {NN_PART_FIXED, "fixed", "needs as many tokens in every sequence"},
             {NN_PART_CROSS, "cross", "can take up other tokens, as a decoder has to"},
             {NN_PART_CAUSAL, "causal", "can look back only"},
             {NN_PART_MAP, "map", "its weights between tokens can be shown"},
             {NN_PART_STEP, "step", "can take one token after another, from a state"},
             {NN_PART_STACKED, "stack", "places all layers together"},
             {NN_PART_FEWER, "fewer", "gives other tokens than it takes"},
             {NN_PART_CROSSES, "crosses", "a layout that asks for mixers that can take up other tokens"},
             {NN_PART_WHOLE, "whole", "needs each sample to be one sequence"},
             {NN_PART_CUTS, "cuts", "cuts sequences into several"},
             {NN_PART_QUERIES, "queries", "has queries and keys that places can turn (--pos rotary)"},
             {NN_PART_COLUMNS, "columns", "makes tokens of a table's columns"},
             {NN_PART_CALENDAR, "calendar", "goes by a calendar of rows"}};
enum { FLAGS = sizeof flags / sizeof *flags };

static json_t *flags_json(const nn_part_kind *kind)
{
    json_t *list = json_array();
    for (int i = 0; i < FLAGS; i++)
        if (kind->flags & flags[i].flag)
            nn_json_append(list, nn_json_text(flags[i].name));
    return list;
}

static json_t *keys_json(const nn_part_kind *kind)
{
    json_t *keys = json_object();
    for (const nn_option *o = kind->options; o && o->name; o++)
        nn_json_set(keys, o->name, nn_json_text(o->fallback ? o->fallback : ""));
    return keys;
}

static int print_json(nn_error *error)
{
    json_t *object = cli_json_new("auspex.blocks/1"), *parts = json_array();
    const nn_part_kind *kind;
    for (int class = 0; class < NN_PART_CLASSES; class ++)
        for (int i = 0; (kind = nn_part_at((nn_part_class) class, i)); i++) {
            json_t *one = json_object();
            nn_json_set(one, "class", nn_json_text(nn_part_class_name((nn_part_class) class)));
            nn_json_set(one, "name", nn_json_text(kind->name));
            nn_json_set(one, "summary", nn_json_text(kind->summary));
            nn_json_set(one, "cost", nn_json_text(kind->cost));
            nn_json_set(one, "traits", flags_json(kind));
            nn_json_set(one, "keys", keys_json(kind));
            nn_json_append(parts, one);
        }
    nn_json_set(object, "parts", parts);
    return cli_json_print(object, error);
}

static void print_class(nn_part_class class)
{
    const nn_part_kind *kind;
    printf("%s--%s\n", class ? "\n" : "", nn_part_class_name(class));
    cli_table *table = cli_table_new("  part|keys|multiply-adds|traits|what it does");
    for (int i = 0; (kind = nn_part_at(class, i)); i++) {
        char keys[300] = "", traits[160] = "";
        size_t used = 0;
        for (const nn_option *o = kind->options; o && o->name && used < sizeof keys; o++)
            used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%s=%s", used ? " " : "", o->name,
                                     o->fallback ? o->fallback : "");
        used = 0;
        for (int f = 0; f < FLAGS; f++)
            if (kind->flags & flags[f].flag && used < sizeof traits)
                used += (size_t)snprintf(traits + used, sizeof traits - used, "%s%s", used ? " " : "",
                                         flags[f].name);
        cli_table_cell(table, "  %s", kind->name);
        cli_table_cell(table, "%s", *keys ? keys : "-");
        cli_table_cell(table, "%s", kind->cost);
        cli_table_cell(table, "%s", *traits ? traits : "-");
        cli_table_cell(table, "%s", kind->summary);
    }
    cli_table_print(table, stdout);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    if (s->json)
        return print_json(error);
    for (int class = 0; class < NN_PART_CLASSES; class ++)
        print_class((nn_part_class) class);
    printf("\nmultiply-adds of a token, with d columns, N tokens, F hidden units, h heads\n");
    for (int f = 0; f < FLAGS; f++)
        printf("%-8s %s\n", flags[f].name, flags[f].meaning);
    return NN_OK;
}

static const cli_section sections[] = {{"Output", options, 0}, {0}};
static const cli_example examples[] = {
    {"auspex blocks", "what --mixer, --ffn, --layout, --tokenizer and the others take"},
    {"auspex train data.csv --model itransformer --mixer mean --ffn mlp:act=relu -o m.safetensors",
     "other parts in a network"},
    {"auspex train data.csv --model time2vec --mixer 1@pool:k=5,1@softmax:h=2 -o m.safetensors",
     "other parts in each layer"},
    {NULL, NULL}};

const cli_command cli_blocks = {
    .name = "blocks",
    .summary = "list the interchangeable parts of networks",
    .synopsis = "[--json]",
    .about = "A part is written name[:key=value]..., the first key's value may stand alone; for layers apart "
             "as a list with counts. A part that does not suit a model's tokens is refused with the reason.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .run = run,
};
