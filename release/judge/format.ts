/** 0.053 is "5.3 %", 0.0004 "0.04 %". */
export const percent = (share: number): string => `${short(share * 100)} %`;

export const seconds = (value: number): string =>
  value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;

export const mebibytes = (bytes: number): string => `${short(bytes / 1024 / 1024)} MiB`;

export const cores = (value: number): string => `${short(value)} cores`;

export const ratio = (value: number): string => `${short(value)} times`;

/** Two significant digits; anything below a thousandth is 0. */
export const short = (value: number): string =>
  value === 0
    ? "0"
    : Math.abs(value) >= 10
      ? String(Math.round(value))
      : String(Number(value.toPrecision(2)));

/** "1 request", "2 requests". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
