import type { Backend } from '../../models/runtime/backend';
import type { Component, ModelFile } from '../../models/manifest/manifest';
import { openComponent, type ReadFile } from '../../models/runtime/open-component';
import { runSelfTest } from '../../models/runtime/self-test';
import { bindFactors, type LoraSession } from './lora-session';

/** Compiles the UNet's graph with factors on the UNet's own weights; without factors it must pass the UNet's self-test. */
export async function openLoraUnet(
  component: Component,
  loraGraph: ModelFile,
  readFile: ReadFile,
  backend: Backend,
  onSelfTest: () => void,
): Promise<LoraSession> {
  const untested = { ...component, graph: loraGraph, selfTest: undefined };
  const session = await openComponent('unet', untested, readFile, backend);
  const bound = bindFactors(session, backend.gpu);
  try {
    if (component.selfTest) onSelfTest();
    await runSelfTest('UNet with factors', component, bound);
    return bound;
  } catch (error) {
    await bound.release();
    throw error;
  }
}
