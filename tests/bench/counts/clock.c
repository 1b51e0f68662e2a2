// A clock that stands still, preloaded into the cells: how quickly messages follow each other decides
// how they are written, and under callgrind that would be another way in every run.
#include <string.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  (void)clock;
  memset(now, 0, sizeof *now);
  now->tv_sec = 1000000;
  return 0;
}
