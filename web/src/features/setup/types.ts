import type { z } from 'zod';
import type { PresetList } from '../../../../src/api/contract/presets.ts';
import type { SetupSteps as Steps, TryFirewall } from '../../../../src/api/contract/setup.ts';

export type { FirewallTried, SelfTest, SetupStep } from '../../../../src/api/contract/setup.ts';

export type Presets = z.infer<typeof PresetList>;
export type SetupSteps = z.infer<typeof Steps>;
export type TypedFirewall = z.input<typeof TryFirewall>;
