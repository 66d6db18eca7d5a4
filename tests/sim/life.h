/* life.h: deletion, merging and conversion of rows. */
#ifndef ORGSIM_LIFE_H
#define ORGSIM_LIFE_H

#include "dml.h"

void orgsim_bin(orgsim *org, const orgsim_writer *writer, orgsim_row *row); /* with children */
int orgsim_restore(orgsim *org, const orgsim_writer *writer, orgsim_row *row);
int orgsim_join(orgsim *org, const orgsim_writer *writer, orgsim_row *winner, orgsim_row *loser);
/* Writer of changes by hand, the seeded administrator. */
orgsim_writer orgsim_hand(orgsim *org);

#endif
