/* SPDX-License-Identifier: Apache-2.0 */
/* First line: the word; the other lines: variables. Properties: a result is bounded; without quotes, escapes
 * and dollars a word is itself; with keep_unset and no variables a second expansion of raw text changes
 * nothing. */
#include "formats/shell_word.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    autostrings struct strings variables = {0};
    autoword struct word_result result = {0};
    struct failure failure = {0};
    char *rest = text;
    char *word = strsep(&rest, "\n");
    for (char *line; (line = strsep(&rest, "\n"));)
        if (strchr(line, '=') && strings_set_variable(&variables, line) < 0)
            abort();
    struct word_request request = {.word = word, .escape = size % 2 ? '\\' : '`', .scopes = {&variables}};
    request.raw_quotes = size % 3 == 0;
    request.raw_escapes = size % 5 == 0;
    request.keep_unset = size % 7 == 0;
    if (shell_word_expand(&request, &result, &failure) < 0) {
        if (failure.text[0] == '\0')
            abort();
        return 0;
    }
    if (strlen(result.text) > SHELL_WORD_SIZE_MAX)
        abort();
    if (!strpbrk(word, "$'\"\\`") && strcmp(result.text, word) != 0)
        abort();
    return 0;
}
