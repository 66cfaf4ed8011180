/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stack machine that reads a pickle. */
#include "forecast/exchange/pickle.h"

#include <stdlib.h>
#include <string.h>

/* Arguments of a tensor and parts of an id are a handful; no copies of more of them are made. */
enum { MOST_VALUES = 1 << 24, MOST_ARGUMENTS = 16, MARK = -1 };

typedef struct machine {
    fc_pickle *pickle;
    const unsigned char *bytes;
    size_t size, at;
    int *stack; /* places of values, or MARK */
    size_t depth, stack_room;
    int *memo;
    size_t memo_count, memo_room;
    nn_error *error;
} machine;

static int bad(machine *m, const char *what)
{
    return nn_fail(m->error, NN_BAD_DATA, "its pickle cannot be read at byte %zu: %s", m->at, what);
}

/* --- growing arrays --- */

static bool grow(int **array, size_t count, size_t *room)
{
    if (count < *room)
        return true;
    const size_t wanted = *room ? 2 * *room : 64;
    int *more = reallocarray(*array, wanted, sizeof *more);
    if (!more)
        return false;
    *array = more;
    *room = wanted;
    return true;
}

static int push_place(machine *m, int place)
{
    if (!grow(&m->stack, m->depth, &m->stack_room))
        return nn_no_memory(m->error);
    m->stack[m->depth++] = place;
    return NN_OK;
}

static int push(machine *m, fc_pickle_value value)
{
    fc_pickle *p = m->pickle;
    if (p->count == p->room) {
        const int room = p->room ? 2 * p->room : 256;
        fc_pickle_value *more =
            p->count < MOST_VALUES ? reallocarray(p->values, (size_t)room, sizeof *more) : NULL;
        if (!more) {
            free(value.items);
            return nn_no_memory(m->error);
        }
        p->values = more;
        p->room = room;
    }
    p->values[p->count] = value;
    return push_place(m, p->count++);
}

/* --- operands --- */

static bool take(machine *m, size_t size, const unsigned char **out)
{
    if (size > m->size - m->at)
        return false;
    *out = m->bytes + m->at;
    m->at += size;
    return true;
}

/* A little-endian number of so many bytes. */
static bool number(machine *m, size_t size, uint64_t *value)
{
    const unsigned char *bytes;
    *value = 0;
    if (!take(m, size, &bytes))
        return false;
    for (size_t i = 0; i < size && i < 8; i++)
        *value |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

static int push_whole(machine *m, size_t size, bool is_signed)
{
    uint64_t value;
    if (!number(m, size, &value))
        return bad(m, "it is cut off");
    const int shift = is_signed && size < 8 ? 64 - 8 * (int)size : 0;
    return push(m, (fc_pickle_value){.type = FC_PICKLE_WHOLE,
                                     .whole = size ? (int64_t)(value << shift) >> shift : 0});
}

static int push_long(machine *m, size_t size_bytes)
{
    uint64_t size;
    if (!number(m, size_bytes, &size))
        return bad(m, "it is cut off");
    return size > 8 ? bad(m, "a number is too large") : push_whole(m, (size_t)size, true);
}

static int push_text(machine *m, size_t size_bytes)
{
    uint64_t length;
    const unsigned char *text;
    if (!number(m, size_bytes, &length) || length > m->size || !take(m, (size_t)length, &text))
        return bad(m, "it is cut off");
    return push(
        m, (fc_pickle_value){.type = FC_PICKLE_TEXT, .text = (const char *)text, .length = (size_t)length});
}

static int push_other(machine *m, size_t operand)
{
    const unsigned char *ignored;
    return take(m, operand, &ignored) ? push(m, (fc_pickle_value){.type = FC_PICKLE_OTHER})
                                      : bad(m, "it is cut off");
}

/* "module\nname\n": its text has the line's end between both, which fc_pickle_is takes for a blank. */
static int push_global(machine *m)
{
    const unsigned char *begin = m->bytes + m->at, *end = begin, *const stop = m->bytes + m->size;
    for (int lines = 0; lines < 2; lines++) {
        const unsigned char *line = memchr(end, '\n', (size_t)(stop - end));
        if (!line)
            return bad(m, "it is cut off");
        end = line + 1;
    }
    m->at += (size_t)(end - begin);
    return push(m, (fc_pickle_value){.type = FC_PICKLE_GLOBAL,
                                     .text = (const char *)begin,
                                     .length = (size_t)(end - begin) - 1});
}

/* --- what takes values from the stack --- */

/* Values above the last mark, or the last `count`; they leave the stack. */
static int pop_items(machine *m, int count, int **items, size_t *length)
{
    size_t begin = m->depth;
    if (count < 0) {
        while (begin > 0 && m->stack[begin - 1] != MARK)
            begin--;
        if (begin == 0)
            return bad(m, "a mark is missing");
    } else if ((size_t)count > m->depth)
        return bad(m, "its stack is empty");
    else
        begin -= (size_t)count;
    *length = m->depth - begin;
    for (size_t i = begin; i < m->depth; i++)
        if (m->stack[i] == MARK)
            return bad(m, "a mark stands where a value should");
    *items = malloc((*length + 1) * sizeof **items);
    if (!*items)
        return nn_no_memory(m->error);
    memcpy(*items, m->stack + begin, *length * sizeof **items);
    m->depth = begin - (count < 0);
    return NN_OK;
}

static int push_items(machine *m, fc_pickle_type type, int count)
{
    fc_pickle_value value = {.type = type};
    const int code = pop_items(m, count, &value.items, &value.length);
    return code ? code : push(m, value);
}

static fc_pickle_value *top(machine *m, size_t below)
{
    if (m->depth <= below || m->stack[m->depth - 1 - below] == MARK)
        return NULL;
    return &m->pickle->values[m->stack[m->depth - 1 - below]];
}

/* Items join the list or dict below them. Others take what they are given and forget it. */
static int append(machine *m, int count)
{
    int *items = NULL;
    size_t length = 0;
    int code = pop_items(m, count, &items, &length);
    if (code)
        return code;
    fc_pickle_value *into = top(m, 0);
    if (into && (into->type == FC_PICKLE_DICT || into->type == FC_PICKLE_LIST)) {
        int *more = reallocarray(into->items, into->length + length + 1, sizeof *more);
        if (more) {
            memcpy(more + into->length, items, length * sizeof *items);
            into->items = more;
            into->length += length;
        } else
            code = nn_no_memory(m->error);
    }
    free(items);
    return code || into ? code : bad(m, "nothing takes an item");
}

/* A class or function and its arguments: what they would come to. */
static int reduce(machine *m)
{
    const fc_pickle_value *arguments = top(m, 0), *called = top(m, 1);
    if (!arguments || !called || arguments->type != FC_PICKLE_LIST)
        return bad(m, "its stack is empty");
    const bool few = arguments->length <= MOST_ARGUMENTS;
    const bool tensor = few && fc_pickle_is(called, "torch._utils _rebuild_tensor_v2"),
               parameter = fc_pickle_is(called, "torch._utils _rebuild_parameter"),
               dict = fc_pickle_is(called, "collections OrderedDict");
    const fc_pickle_value made = *arguments;
    m->depth -= 2;
    if (parameter && made.length)
        return push_place(m, made.items[0]);
    fc_pickle_value value = {.type = tensor ? FC_PICKLE_TENSOR : dict ? FC_PICKLE_DICT : FC_PICKLE_OTHER};
    if (tensor) {
        value.items = malloc((made.length + 1) * sizeof *value.items);
        if (!value.items)
            return nn_no_memory(m->error);
        memcpy(value.items, made.items, made.length * sizeof *value.items);
        value.length = made.length;
    }
    return push(m, value);
}

static int persistent(machine *m)
{
    const fc_pickle_value *id = top(m, 0);
    if (!id || id->type != FC_PICKLE_LIST || id->length > MOST_ARGUMENTS)
        return bad(m, "what is stored apart has no id");
    fc_pickle_value value = {.type = FC_PICKLE_STORAGE, .length = id->length};
    value.items = malloc((id->length + 1) * sizeof *value.items);
    if (!value.items)
        return nn_no_memory(m->error);
    memcpy(value.items, id->items, id->length * sizeof *value.items);
    m->depth--;
    return push(m, value);
}

/* --- the memo --- */

static int remember(machine *m, uint64_t place)
{
    if (!top(m, 0))
        return bad(m, "there is nothing to remember");
    if (place > m->size) /* no pickle remembers more values than it has bytes */
        return bad(m, "a place is too large");
    while (m->memo_count <= place) {
        if (!grow(&m->memo, m->memo_count, &m->memo_room))
            return nn_no_memory(m->error);
        m->memo[m->memo_count++] = MARK;
    }
    m->memo[place] = m->stack[m->depth - 1];
    return NN_OK;
}

static int recall(machine *m, size_t size)
{
    uint64_t place;
    if (!number(m, size, &place) || place >= m->memo_count || m->memo[place] == MARK)
        return bad(m, "what it remembers is not there");
    return push_place(m, m->memo[place]);
}

static int put_at(machine *m, size_t size)
{
    uint64_t place;
    return number(m, size, &place) ? remember(m, place) : bad(m, "it is cut off");
}

static int skip(machine *m, size_t size)
{
    const unsigned char *ignored;
    return take(m, size, &ignored) ? NN_OK : bad(m, "it is cut off");
}

static int drop(machine *m)
{
    if (!m->depth)
        return bad(m, "its stack is empty");
    m->depth--;
    return NN_OK;
}

/* The names of operations as Lib/pickletools.py has them. Those that push a value that the bytes hold: */
static int step_value(machine *m, unsigned char op)
{
    switch (op) {
    case 'K': /* BININT1 */
        return push_whole(m, 1, false);
    case 'M': /* BININT2 */
        return push_whole(m, 2, false);
    case 'J': /* BININT */
        return push_whole(m, 4, true);
    case 0x8a: /* LONG1 */
        return push_long(m, 1);
    case 'N':  /* NONE */
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
        return push_other(m, 0);
    case 'G': /* BINFLOAT */
        return push_other(m, 8);
    case 'X': /* BINUNICODE */
    case 'T': /* BINSTRING */
    case 'B': /* BINBYTES */
        return push_text(m, 4);
    case 0x8c: /* SHORT_BINUNICODE */
    case 'U':  /* SHORT_BINSTRING */
    case 'C':  /* SHORT_BINBYTES */
        return push_text(m, 1);
    case 'c': /* GLOBAL */
        return push_global(m);
    case 'h': /* BINGET */
        return recall(m, 1);
    case 'j': /* LONG_BINGET */
        return recall(m, 4);
    default:
        return bad(m, "it holds more than tensors, names and numbers");
    }
}

/* And those that make something of what is on the stack. */
static int step(machine *m, unsigned char op)
{
    switch (op) {
    case 0x80: /* PROTO */
        return skip(m, 1);
    case 0x95: /* FRAME */
        return skip(m, 8);
    case '(': /* MARK */
        return push_place(m, MARK);
    case '}': /* EMPTY_DICT */
        return push(m, (fc_pickle_value){.type = FC_PICKLE_DICT});
    case ']': /* EMPTY_LIST */
    case ')': /* EMPTY_TUPLE */
        return push(m, (fc_pickle_value){.type = FC_PICKLE_LIST});
    case 't': /* TUPLE */
    case 'l': /* LIST */
        return push_items(m, FC_PICKLE_LIST, -1);
    case 'd': /* DICT */
        return push_items(m, FC_PICKLE_DICT, -1);
    case 0x85: /* TUPLE1 */
    case 0x86:
    case 0x87:
        return push_items(m, FC_PICKLE_LIST, op - 0x84);
    case 0x93: /* STACK_GLOBAL: of protocol 4, which torch.save does not use for tensors */
        return drop(m) || drop(m) ? NN_BAD_DATA : push_other(m, 0);
    case 'R':  /* REDUCE */
    case 0x81: /* NEWOBJ */
        return reduce(m);
    case 'Q': /* BINPERSID */
        return persistent(m);
    case 's': /* SETITEM */
        return append(m, 2);
    case 'u': /* SETITEMS */
    case 'e': /* APPENDS */
        return append(m, -1);
    case 'a': /* APPEND */
        return append(m, 1);
    case 'b': /* BUILD: attributes of the object below */
    case '0': /* POP */
        return drop(m);
    case 'q': /* BINPUT */
        return put_at(m, 1);
    case 'r': /* LONG_BINPUT */
        return put_at(m, 4);
    case 0x94: /* MEMOIZE */
        return remember(m, m->memo_count);
    default:
        return step_value(m, op);
    }
}

int fc_pickle_read(fc_pickle *pickle, const unsigned char *bytes, size_t size, nn_error *error)
{
    *pickle = (fc_pickle){0};
    machine m = {.pickle = pickle, .bytes = bytes, .size = size, .error = error};
    int code = NN_OK;
    bool stopped = false;
    while (!code && !stopped) {
        const unsigned char *op;
        if (!take(&m, 1, &op))
            code = bad(&m, "it is cut off");
        else if (*op == '.')
            stopped = true;
        else
            code = step(&m, *op);
    }
    if (!code && !top(&m, 0))
        code = bad(&m, "it ends without a value");
    if (!code)
        pickle->top = m.stack[m.depth - 1];
    free(m.stack);
    free(m.memo);
    return code;
}

void fc_pickle_clear(fc_pickle *pickle)
{
    for (int i = 0; i < pickle->count; i++)
        free(pickle->values[i].items);
    free(pickle->values);
    *pickle = (fc_pickle){0};
}

const fc_pickle_value *fc_pickle_item(const fc_pickle *pickle, const fc_pickle_value *of, size_t index)
{
    return of && index < of->length && of->items ? &pickle->values[of->items[index]] : NULL;
}

bool fc_pickle_is(const fc_pickle_value *value, const char *text)
{
    if (!value || (value->type != FC_PICKLE_TEXT && value->type != FC_PICKLE_GLOBAL) ||
        value->length != strlen(text))
        return false;
    for (size_t i = 0; i < value->length; i++)
        if (value->text[i] != text[i] && !(value->text[i] == '\n' && text[i] == ' '))
            return false;
    return true;
}
