/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

static const char *value_name(const struct option *o)
{
    if (o->value)
        return o->value;
    switch (o->kind) {
    case OPTION_BOOL:
    case OPTION_TRISTATE:
        return "";
    case OPTION_STRING:
        return "string";
    case OPTION_STRINGS:
        return "list";
    case OPTION_SIZE:
        return "bytes";
    case OPTION_U32:
    case OPTION_U64:
    case OPTION_I64:
    case OPTION_INT:
        break;
    }
    return "number";
}

/* "  -e, --env list"; returns its length. */
static int format_label(const struct option *o, char label[128])
{
    const char *value = value_name(o);
    char letter[5] = "    ";
    if (o->letter)
        (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter); /* fits */
    return snprintf(label, 128, "  %s--%s%s%s", letter, o->name, value[0] ? " " : "", value);
}

static const struct option help_row = {"help", 0, OPTION_BOOL, 0, NULL, "Print this help"};

static void print_options(const struct option_set *set, const char *title)
{
    char label[128];
    int width = 0;
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++) {
            int n = o->help ? format_label(o, label) : 0;
            width = n > width ? n : width;
        }
    printf("\n%s:\n", title);
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++)
            if (o->help) {
                (void)format_label(o, label);
                printf("%-*s   %s\n", width, label, o->help);
            }
    (void)format_label(&help_row, label);
    printf("%-*s   %s\n", width, label, help_row.help);
}

static bool in_group(const char *name, const struct command_group *group)
{
    const char *rest = group ? string_after(name, group->name) : NULL;
    return group ? rest && rest[0] == ' ' : !strchr(name, ' ');
}

static void print_commands(const struct command_group *group)
{
    printf("\nCommands:\n");
    for (const struct command *const *c = commands; *c; c++)
        if (!(*c)->hidden && in_group((*c)->name, group))
            printf("  %-12s %s\n", (*c)->name + (group ? strlen(group->name) + 1 : 0), (*c)->summary);
    for (const struct command_alias *a = command_aliases; group && a->name; a++)
        if (in_group(a->name, group))
            printf("  %-12s Same as `unroot %s%s%s`\n", a->name + strlen(group->name) + 1, a->target,
                   a->flag ? " " : "", a->flag ? a->flag : "");
}

void help_print_program(const struct option_set *global_options)
{
    printf("Usage: unroot [OPTIONS] COMMAND [ARG...]\n\nContainers without root.\n");
    print_commands(NULL);
    printf("\nGroups:\n");
    for (const struct command_group *g = command_groups; g->name; g++)
        printf("  %-12s %s\n", g->name, g->summary);
    print_options(global_options, "Options");
    printf("\n'unroot COMMAND --help' tells more about a command.\n");
}

void help_print_group(const struct command_group *group)
{
    printf("Usage: unroot %s COMMAND [ARG...]\n\n%s\n", group->name, group->summary);
    print_commands(group);
    printf("\n'unroot %s COMMAND --help' tells more about a command.\n", group->name);
}

void help_print_command(const struct command *command)
{
    printf("Usage: unroot %s%s%s\n\n%s\n", command->name, command->usage[0] ? " " : "", command->usage,
           command->summary);
    if (command->notes)
        printf("\n%s\n", command->notes);
    bool titled = false;
    for (const struct command_alias *a = command_aliases; a->name; a++)
        if (streq(a->target, command->name) && !a->flag) {
            printf("%s unroot %s", titled ? "," : "\nAlso:", a->name);
            titled = true;
        }
    if (titled)
        printf("\n");
    print_options(&command->options, "Options");
}
