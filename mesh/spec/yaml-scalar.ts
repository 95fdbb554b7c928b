/** What makes an unquoted YAML scalar unsafe to rely on, and the cure; null when every reader takes it alike. */
export type ScalarDoubt = { message: string; cure: string } | null;

const BOOLEAN = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
const OCTAL = /^[-+]?(?:0[0-9_]+|0o[0-7]+)$/;
const UNDERSCORED = /^(?=.*_)[-+]?(?:0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)$/;
const BINARY = /^[-+]?0b[01_]+$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?$/;
const TRAILING_ZERO = /^[-+]?\d*\.\d*[1-9]0+$/;
const EXPONENT = /^[-+]?\d+[eE][-+]?\d+$/;
const NOT_FINITE = /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;
const INTEGER = /^[-+]?\d+$/;

/**
 * Judges the source of a plain (unquoted) scalar. YAML 1.1, which kubectl, Helm and istioctl read, and YAML 1.2, which
 * many editors read, differ on these forms; a file whose meaning depends on the reader is refused.
 */
export function doubtScalar(source: string): ScalarDoubt {
  const quoted = JSON.stringify(source);
  if (BOOLEAN.test(source)) {
    const truth = /^(?:y|on)/i.test(source);
    return doubt(
      source,
      `${truth} in YAML 1.1 and text in YAML 1.2`,
      `write ${truth}, or ${quoted} for the text`,
    );
  }
  if (OCTAL.test(source)) {
    return doubt(
      source,
      'an octal number to some YAML readers and a decimal one or text to others',
      `write the decimal number, or ${quoted} for the text`,
    );
  }
  if (UNDERSCORED.test(source)) {
    return doubt(
      source,
      'a number in YAML 1.1 and text in YAML 1.2',
      `write the number without "_", or ${quoted} for the text`,
    );
  }
  if (BINARY.test(source)) {
    return doubt(
      source,
      'a binary number in YAML 1.1 and text in YAML 1.2',
      `write the decimal number, or ${quoted} for the text`,
    );
  }
  if (SEXAGESIMAL.test(source)) {
    return doubt(
      source,
      'a number of base 60 in YAML 1.1 and text in YAML 1.2',
      `quote it: ${quoted}`,
    );
  }
  if (TIMESTAMP.test(source)) {
    return doubt(source, 'a date in YAML 1.1 and text in YAML 1.2', `quote it: ${quoted}`);
  }
  if (TRAILING_ZERO.test(source)) {
    return doubt(
      source,
      `the number ${Number(source)} without quotes`,
      `quote it: ${quoted}, or write ${Number(source)} if the number is meant`,
    );
  }
  if (EXPONENT.test(source)) {
    return doubt(
      source,
      `the number ${Number(source)} to some YAML readers and text to others`,
      `quote it: ${quoted}, or write the number in full`,
    );
  }
  if (NOT_FINITE.test(source)) {
    return {
      message: `${source} is no number that JSON can hold`,
      cure: `write a finite number, or ${quoted} for the text`,
    };
  }
  if (INTEGER.test(source) && !Number.isSafeInteger(Number(source))) {
    return { message: `${source} is too large to be read exactly`, cure: `quote it: ${quoted}` };
  }
  return null;
}

function doubt(source: string, reading: string, cure: string): ScalarDoubt {
  return { message: `${source} is ${reading}`, cure };
}
