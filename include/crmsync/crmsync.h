/**
 * @file crmsync.h
 * Everything but the adapters (crmsync/adapters/) and the contract tests (crmsync/conformance.h).
 */
#ifndef CRMSYNC_H
#define CRMSYNC_H

#include <crmsync/attribution.h>
#include <crmsync/audience.h>
#include <crmsync/campaign.h>
#include <crmsync/config.h>
#include <crmsync/decide.h>
#include <crmsync/engine.h>
#include <crmsync/env.h>
#include <crmsync/error.h>
#include <crmsync/job.h>
#include <crmsync/lookup.h>
#include <crmsync/normalize.h>
#include <crmsync/operations.h>
#include <crmsync/plan.h>
#include <crmsync/records.h>
#include <crmsync/rows.h>
#include <crmsync/schedule.h>
#include <crmsync/schema.h>
#include <crmsync/state.h>
#include <crmsync/suppression.h>
#include <crmsync/transport.h>
#include <crmsync/types.h>
#include <crmsync/version.h>
#include <crmsync/workspace.h>

#endif
