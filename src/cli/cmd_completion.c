/* SPDX-License-Identifier: Apache-2.0 */
/* Completion scripts, made from the command table so that they never lag behind it. */
#include "cli/say.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

/* Calls `print` for each command as a person types it: aliases too, hidden ones not. */
static void each_command(void (*print)(const char *name, const struct command *command))
{
    for (const struct command *const *c = commands; *c; c++)
        if (!(*c)->hidden)
            print((*c)->name, *c);
    for (const struct command_alias *a = command_aliases; a->name; a++)
        for (const struct command *const *c = commands; *c; c++)
            if (streq((*c)->name, a->target))
                print(a->name, *c);
}

static void print_flags(const struct command *command)
{
    for (const struct option *const *table = command->options.tables; *table; table++)
        for (const struct option *o = *table; o->name; o++)
            if (o->help)
                printf("--%s ", o->name);
    printf("--help");
}

static void print_words(const char *group)
{
    for (const struct command *const *c = commands; *c; c++) {
        const char *rest = group ? string_after((*c)->name, group) : (*c)->name;
        if (rest && !(*c)->hidden && (group ? rest[0] == ' ' : !strchr(rest, ' ')))
            printf("%s ", rest + (group ? 1 : 0));
    }
    for (const struct command_alias *a = command_aliases; a->name; a++) {
        const char *rest = group ? string_after(a->name, group) : a->name;
        if (rest && (group ? rest[0] == ' ' : !strchr(rest, ' ')))
            printf("%s ", rest + (group ? 1 : 0));
    }
    for (const struct command_group *g = command_groups; !group && g->name; g++)
        printf("%s ", g->name);
}

static void print_bash_case(const char *name, const struct command *command)
{
    printf("    \"%s\") flags=\"", name);
    print_flags(command);
    printf("\" ;;\n");
}

/* What the positionals of a command are, by what its usage line calls them. */
static void print_bash_objects(void)
{
    printf("    case \"$verb\" in\n"
           "    run|create|rmi|tag|history|save|image\\ *) objects=\"$(unroot images --format "
           "'{{.Repository}}:{{.Tag}}' 2>/dev/null)\" ;;\n"
           "    volume\\ *) objects=\"$(unroot volume ls -q 2>/dev/null)\" ;;\n"
           "    images|import|load|ps|info|version|setup|completion) ;;\n"
           "    *) objects=\"$(unroot ps -a --format '{{.Names}}' 2>/dev/null)\" ;;\n"
           "    esac\n");
}

static void print_bash(void)
{
    printf("# bash completion for unroot; load it with: source <(unroot completion bash)\n"
           "_unroot() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" verb=\"\" word flags=\"\" objects=\"\"\n"
           "    local i=1\n"
           "    while [ \"$i\" -lt \"$COMP_CWORD\" ]; do\n"
           "        word=\"${COMP_WORDS[i]}\"\n"
           "        case \"$word\" in\n"
           "        --root|--runroot) i=$((i + 1)) ;;\n"
           "        -*) ;;\n");
    printf("        ");
    for (const struct command_group *g = command_groups; g->name; g++)
        printf("%s%s", g == command_groups ? "" : "|", g->name);
    printf(")\n"
           "            verb=\"$word\"\n"
           "            if [ $((i + 1)) -lt \"$COMP_CWORD\" ]; then verb=\"$word ${COMP_WORDS[i + 1]}\"; fi\n"
           "            break ;;\n"
           "        *) verb=\"$word\"; break ;;\n"
           "        esac\n"
           "        i=$((i + 1))\n"
           "    done\n"
           "    case \"$verb\" in\n"
           "    \"\") flags=\"--root --runroot --debug --version --help\"; objects=\"");
    print_words(NULL);
    printf("help\" ;;\n");
    for (const struct command_group *g = command_groups; g->name; g++) {
        printf("    %s) objects=\"", g->name);
        print_words(g->name);
        printf("\" ;;\n");
    }
    each_command(print_bash_case);
    printf("    esac\n"
           "    if [ -z \"$objects\" ] && [ -n \"$verb\" ] && [ \"${current#-}\" = \"$current\" ]; then\n");
    print_bash_objects();
    printf("    fi\n"
           "    case \"$current\" in\n"
           "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$current\")) ;;\n"
           "    *) COMPREPLY=($(compgen -W \"$objects\" -- \"$current\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o default -F _unroot unroot\n");
}

static void print_zsh(void)
{
    printf("#compdef unroot\n"
           "# zsh completion for unroot; load it with: source <(unroot completion zsh)\n"
           "autoload -U +X bashcompinit && bashcompinit\n");
    print_bash();
}

/* Single quotes of fish: only backslash and quote are special. */
static void print_fish_quoted(const char *string)
{
    putchar('\'');
    for (const char *c = string; *c != '\0'; c++) {
        if (*c == '\'' || *c == '\\')
            putchar('\\');
        putchar(*c);
    }
    putchar('\'');
}

static void print_fish_command(const char *name, const struct command *command)
{
    const char *space = strchr(name, ' ');
    int first = (int)(space ? space - name : (long)strlen(name));
    printf("complete -c unroot -f -n ");
    if (space)
        printf("'__fish_seen_subcommand_from %.*s' -a %s -d ", first, name, space + 1);
    else
        printf("__fish_use_subcommand -a %s -d ", name);
    print_fish_quoted(command->summary);
    putchar('\n');
    for (const struct option *const *table = command->options.tables; *table; table++)
        for (const struct option *o = *table; o->name; o++) {
            if (!o->help)
                continue;
            printf("complete -c unroot -n '__fish_seen_subcommand_from %s' -l %s", space ? space + 1 : name,
                   o->name);
            if (o->letter)
                printf(" -s %c", o->letter);
            if (o->kind != OPTION_BOOL && o->kind != OPTION_TRISTATE)
                printf(" -r");
            printf(" -d ");
            print_fish_quoted(o->help);
            putchar('\n');
        }
}

static void print_fish(void)
{
    printf("# fish completion for unroot; load it with: unroot completion fish | source\n");
    for (const struct command_group *g = command_groups; g->name; g++) {
        printf("complete -c unroot -f -n __fish_use_subcommand -a %s -d ", g->name);
        print_fish_quoted(g->summary);
        putchar('\n');
    }
    each_command(print_fish_command);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
        if (streq(arguments->items[0], shells[i].name)) {
            shells[i].print();
            return 0;
        }
    return say_usage(cli, "no completion for the shell \"%s\": bash, zsh and fish have one",
                     arguments->items[0]);
}

static const struct option *const tables[] = {NULL};

const struct command cmd_completion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .summary = "Print the completion script for a shell",
    .notes = "bash:  source <(unroot completion bash)\n"
             "zsh:   source <(unroot completion zsh)\n"
             "fish:  unroot completion fish | source",
    .options = {.tables = tables},
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
