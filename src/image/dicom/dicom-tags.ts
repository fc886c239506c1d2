/**
 * What an import may keep of a DICOM header for the user and for labels, and in which form. A value that is not on its
 * list is dropped: so no free text, name, date, number or UID of a source can survive, whatever tag it was put in.
 */
export interface KeptTag {
  /** As dicom-parser writes (gggg,eeee). */
  tag: string;
  /** Its key in `facts`. */
  name: string;
  /** The value to keep, or null. */
  keep: (value: string) => string | null;
}

const oneOf = (values: string) => {
  const allowed = new Set(values.split(' '));
  return (value: string) => (allowed.has(value) ? value : null);
};

/** DICOM PS3.3 C.7.3.1.1.1, those with pictures in them. */
const MODALITIES =
  'AR BI BMD CR CT DG DX ECG ES EPS GM HD IO IVOCT IVUS LS MA MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OT PT PX ' +
  'RF RG RTIMAGE SC SEG SM TG US VA XA XC';

/** DICOM PS3.16 annex L, those that patients of this app's kinds of images have; others are dropped. */
const BODY_PARTS =
  'ABDOMEN ANKLE ARM AORTA BLADDER BRAIN BREAST CALCANEUS CAROTID CAROTIDARTERY CEREBRUM CHEST CHESTABDOMEN ' +
  'CHESTABDPELVIS CLAVICLE COLON CSPINE ELBOW EXTREMITY EYE FEMUR FINGER FOOT FOREARM HAND HEAD HEADNECK HEART HIP ' +
  'HUMERUS JAW KIDNEY KNEE LEG LIVER LSPINE LUNG MEDIASTINUM NECK PANCREAS PATELLA PELVIS PROSTATE RETINA RIB ' +
  'SHOULDER SKIN SKULL SPINE SPLEEN SSPINE STERNUM THIGH THUMB THYROID TIBIAFIBULA TOE TSPINE UTERUS WHOLEBODY WRIST';

/** Whole years up to 89; above, people are few enough to be found by their age, so it only says so. */
function ageInYears(value: string): string | null {
  const years = /^(\d{3})Y$/.exec(value)?.[1];
  if (years === undefined) return /^\d{3}[DWM]$/.test(value) ? '0' : null;
  return Number(years) > 89 ? '90 or more' : String(Number(years));
}

/** Everything that is ever read from a header and kept as it is; pixels are described by numbers alone. */
export const KEPT_TAGS: readonly KeptTag[] = [
  { tag: 'x00080060', name: 'modality', keep: oneOf(MODALITIES) },
  { tag: 'x00180015', name: 'bodyPart', keep: oneOf(BODY_PARTS) },
  {
    tag: 'x00185101',
    name: 'view',
    keep: oneOf('AP PA LL RL LLO RLO LPO RPO LAO RAO CC MLO ML LM XCCL AX COR SAG'),
  },
  { tag: 'x00200060', name: 'laterality', keep: oneOf('R L B U') },
  { tag: 'x00200062', name: 'laterality', keep: oneOf('R L B U') },
  {
    tag: 'x00185100',
    name: 'position',
    keep: oneOf('HFP HFS HFDR HFDL FFDR FFDL FFP FFS LFP LFS RFP RFS'),
  },
  { tag: 'x00100040', name: 'sex', keep: oneOf('F M O') },
  { tag: 'x00101010', name: 'age', keep: ageInYears },
  { tag: 'x00282110', name: 'lossyCompression', keep: oneOf('00 01') },
  { tag: 'x00280301', name: 'burnedInAnnotation', keep: oneOf('YES NO') },
  { tag: 'x0008001c', name: 'syntheticData', keep: oneOf('YES NO') },
];

/** Units of Rescale Type (0028,1054), PS3.3 C.11.1.1.2, as they are shown. US means "unspecified". */
export const RESCALE_UNITS: Record<string, string> = {
  HU: 'HU',
  OD: 'OD',
  MGML: 'mg/ml',
  Z_EFF: 'Zeff',
  ED: '10²³ electrons/ml',
  PCT: '%',
  HU_MOD: 'HU (modified)',
};

/** Modalities whose screens are often stored with the patient's name drawn into the pixels. */
export const OFTEN_BURNED_IN = new Set(['US', 'IVUS', 'SC', 'OT', 'XA', 'RF', 'ES', 'NM', 'BMD']);

/** Secondary Capture's storage classes, 1.2.840.10008.5.1.4.1.1.7 and below: screens and scanned films. */
export const SECONDARY_CAPTURE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/;
