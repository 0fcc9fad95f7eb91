/* Prints the text of each double that stands, as 8 bytes, on the standard input. */
#include "base/num.h"

#include <stdio.h>

int main(void)
{
    double value;
    char text[CT_NUM_DOUBLE_MAX + 1];
    while (fread(&value, sizeof value, 1, stdin) == 1) {
        size_t size = ct_num_double(text, value);
        text[size++] = '\n';
        if (fwrite(text, 1, size, stdout) != size)
            return 1;
    }
    return 0;
}
