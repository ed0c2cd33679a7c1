import { createAdmin, resetAdminPassword } from './accounts/admin-password.ts';
import { createApiToken, revokeApiToken } from './accounts/api-tokens.ts';
import { signInByProvider } from './accounts/provider-sign-in.ts';
import {
  assertSecondFactor,
  beginSecondFactor,
  finishSecondFactor,
  removeOwnSecondFactor,
  takeSecondFactor,
} from './accounts/second-factor.ts';
import { changeOwnPassword, changeUser, createUser, removeUser } from './accounts/users.ts';
import { allowName, denyName } from './allow-name.ts';
import { approveDenial } from './approve-denial.ts';
import { readBackup, removeBackup, startBackup } from './backups.ts';
import { endRules, makeRulesAgain, setRuleEnds } from './bulk-rules.ts';
import { addClient, removeClient } from './change-client.ts';
import { changeGroup } from './change-group.ts';
import { changeRule } from './change-rule.ts';
import { applyConfiguration, exportConfiguration, planConfiguration } from './configuration/configuration.ts';
import { createGroup } from './create-group.ts';
import type { ActionDeps } from './deps.ts';
import { doctor } from './doctor/doctor.ts';
import { dropAddress } from './drop-address.ts';
import { endRule } from './end-rule.ts';
import { enforceGroup, learnGroup, previewEnforce } from './enforce-group.ts';
import { acceptFeed, refreshFeed } from './feeds.ts';
import { findPlexDirect } from './find-plex-direct.ts';
import { flushCache } from './flush-cache.ts';
import { importRules, undoImport } from './import-rules.ts';
import { reportLearning } from './learn-report.ts';
import { muteDenial, unmuteDenial } from './mute-denial.ts';
import { pauseGroup, resumeGroup } from './pause-group.ts';
import { changePinned, pinAddress, unpinAddress } from './pin-address.ts';
import { addPreset, removePreset, updatePreset } from './presets/group-presets.ts';
import { previewEnd, previewPreset } from './preview-change.ts';
import type { QueryPort } from './query-port.ts';
import { replay } from './replay.ts';
import { startReproducing, stopReproducing, verifyReproducing } from './reproduce/mark.ts';
import { allowRefused, dropReproduced, endReproduced, keepReproduced } from './reproduce/rules.ts';
import { showReproducing } from './reproduce/show.ts';
import { revertEntry } from './revert/revert-entry.ts';
import { selfTest } from './setup/self-test.ts';
import { setupSteps } from './setup/steps.ts';
import { tryFirewall } from './setup/try-firewall.ts';
import { showCertificate } from './show-certificate.ts';
import { createAlias, dropPlan, examineFirewall, planSync, releasePlan, syncNow } from './sync-firewall.ts';
import { trustFirewall } from './trust-firewall.ts';
import { why } from './why.ts';

/** Everything a person can ask for; page, CLI and scripts call these and nothing beneath them. */
export function createActions(deps: ActionDeps & { readonly queries: QueryPort }) {
  const acts = {
    allowName: allowName(deps),
    denyName: denyName(deps),
    changeRule: changeRule(deps),
    endRule: endRule(deps),
    endRules: endRules(deps),
    setRuleEnds: setRuleEnds(deps),
    makeRulesAgain: makeRulesAgain(deps),
    approveDenial: approveDenial(deps),
    muteDenial: muteDenial(deps),
    unmuteDenial: unmuteDenial(deps),
    createGroup: createGroup(deps),
    enforceGroup: enforceGroup(deps),
    previewEnforce: previewEnforce(deps),
    learnGroup: learnGroup(deps),
    changeGroup: changeGroup(deps),
    pauseGroup: pauseGroup(deps),
    resumeGroup: resumeGroup(deps),
    addClient: addClient(deps),
    removeClient: removeClient(deps),
    addPreset: addPreset(deps),
    updatePreset: updatePreset(deps),
    removePreset: removePreset(deps),
    previewEnd: previewEnd(deps),
    previewPreset: previewPreset(deps),
    syncNow: syncNow(deps),
    planSync: planSync(deps),
    examineFirewall: examineFirewall(deps),
    createAlias: createAlias(deps),
    doctor: doctor(deps),
    showCertificate: showCertificate(deps),
    trustFirewall: trustFirewall(deps),
    tryFirewall: tryFirewall(deps),
    selfTest: selfTest(deps),
    setupSteps: setupSteps(deps),
    startBackup: startBackup(deps),
    readBackup: readBackup(deps),
    removeBackup: removeBackup(deps),
    releasePlan: releasePlan(deps),
    dropPlan: dropPlan(deps),
    pinAddress: pinAddress(deps),
    changePinned: changePinned(deps),
    unpinAddress: unpinAddress(deps),
    dropAddress: dropAddress(deps),
    refreshFeed: refreshFeed(deps),
    acceptFeed: acceptFeed(deps),
    findPlexDirect: findPlexDirect(deps),
    flushCache: flushCache(deps),
    createAdmin: createAdmin(deps),
    resetAdminPassword: resetAdminPassword(deps),
    createUser: createUser(deps),
    changeUser: changeUser(deps),
    removeUser: removeUser(deps),
    signInByProvider: signInByProvider(deps),
    changeOwnPassword: changeOwnPassword(deps),
    beginSecondFactor: beginSecondFactor(deps),
    finishSecondFactor: finishSecondFactor(deps),
    removeOwnSecondFactor: removeOwnSecondFactor(deps),
    takeSecondFactor: takeSecondFactor(deps),
    assertSecondFactor: assertSecondFactor(deps),
    createApiToken: createApiToken(deps),
    revokeApiToken: revokeApiToken(deps),
    why: why(deps),
    replay: replay(deps),
    reportLearning: reportLearning(deps),
    planConfiguration: planConfiguration(deps),
    applyConfiguration: applyConfiguration(deps),
    exportConfiguration: exportConfiguration(deps),
    startReproducing: startReproducing(deps),
    showReproducing: showReproducing(deps),
    allowRefused: allowRefused(deps),
    verifyReproducing: verifyReproducing(deps),
    keepReproduced: keepReproduced(deps),
    dropReproduced: dropReproduced(deps),
    endReproduced: endReproduced(deps),
    stopReproducing: stopReproducing(deps),
    importRules: importRules(deps),
    undoImport: undoImport(deps),
  };
  return { ...acts, revertEntry: revertEntry(deps, acts) };
}

export type Actions = ReturnType<typeof createActions>;
