"""The DICOM files of make_format_fixtures.py: transfer syntaxes, photometric interpretations, frames."""

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless,
    SecondaryCaptureImageStorage, generate_uid)

from training.goldens.sample_pictures import HEIGHT, SECRET, WIDTH, expect, ramp

JPEG_BASELINE, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 = (f'1.2.840.10008.1.2.4.{n}' for n in (50, 57, 70))
JPEG_LS, JPEG_LS_NEAR, JPEG_2000_LOSSLESS, JPEG_2000, HTJ2K = (f'1.2.840.10008.1.2.4.{n}' for n in (80, 81, 90, 91, 201))


def header(modality='CT', sop_class=CTImageStorage):
    """A data set full of what must not survive, without pixels."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, generate_uid(entropy_srcs=[modality])
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(entropy_srcs=['study']), generate_uid(entropy_srcs=['series'])
    ds.Modality, ds.ImageType = modality, ['ORIGINAL', 'PRIMARY', 'AXIAL']
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = SECRET, 'ZYX-4711', '19391112'
    ds.PatientAge, ds.PatientSex, ds.PatientAddress = '061Y', 'F', 'Zyxwv Street 4711'
    ds.StudyDate, ds.InstitutionName, ds.ReferringPhysicianName = '20200102', 'Zyxwv Hospital', 'Zyxwv^Doctor'
    ds.StudyDescription, ds.SeriesDescription = 'Zyxwv study', 'Zyxwv series'
    ds.BodyPartExamined, ds.ImageComments = 'CHEST', 'Zyxwv comment'
    ds.WindowCenterWidthExplanation = ['Zyxwv one', 'Zyxwv two']
    block = ds.private_block(0x0029, 'ZYXWV', create=True)
    block.add_new(0x01, 'LO', 'Zyxwv private')
    item = Dataset()
    item.CodeMeaning = 'Zyxwv nested'
    ds.ProcedureCodeSequence = Sequence([item])
    return ds


def pixels(ds, array, stored=None, photometric=None):
    """Adds the description of `array` ((frames,) HEIGHT, WIDTH[, 3]); returns the frames."""
    channels = 3 if array.shape[-1] == 3 else 1
    frames = array.reshape(-1, HEIGHT, WIDTH, *((3,) if channels == 3 else ()))
    ds.SamplesPerPixel, ds.Rows, ds.Columns = channels, HEIGHT, WIDTH
    ds.PhotometricInterpretation = photometric or ('RGB' if channels == 3 else 'MONOCHROME2')
    if channels == 3:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = array.dtype.itemsize * 8
    ds.BitsStored = stored or ds.BitsAllocated
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(array.dtype.kind == 'i')
    if len(frames) > 1:
        ds.NumberOfFrames = len(frames)
    return frames


def save(ds, path, syntax, encoded=None):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    if encoded is not None:
        ds.PixelData = encapsulate(encoded)
        ds['PixelData'].is_undefined_length = True
        ds['PixelData'].VR = 'OB'
    ds.save_as(path, enforce_file_format=True)


def ct():
    """Signed 16-bit CT of −1000…1500 HU, with windows, and the picture."""
    ds, picture = header(), ramp(np.int16, 24, 2524)
    pixels(ds, picture)
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = '1', '-1024', 'HU'
    ds.WindowCenter, ds.WindowWidth = ['40', '-600'], ['400', '1500']
    ds.PixelSpacing, ds.BurnedInAnnotation = ['0.75', '0.5'], 'NO'
    return ds, picture


def make_ct_files(out, found):
    for name, syntax in (('implicit', ImplicitVRLittleEndian), ('explicit', ExplicitVRLittleEndian),
                         ('deflated', DeflatedExplicitVRLittleEndian), ('big-endian', ExplicitVRBigEndian)):
        ds, picture = ct()
        ds.PixelData = picture.astype('>i2' if name == 'big-endian' else '<i2').tobytes()
        ds['PixelData'].VR = 'OW'
        save(ds, out / f'ct-{name}.dcm', syntax)
        found[f'ct-{name}.dcm'] = expect(picture)
    ds, picture = ct()
    ds.PixelData = picture.tobytes()
    ds['PixelData'].VR = 'OW'
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.compress(RLELossless)
    save(ds, out / 'ct-rle.dcm', RLELossless)
    found['ct-rle.dcm'] = expect(picture)
    encoders = {
        'jpeg-ls': (JPEG_LS, lambda a: imagecodecs.jpegls_encode(a)),
        'jpeg-lossless': (JPEG_LOSSLESS_SV1, lambda a: imagecodecs.ljpeg_encode(a, bitspersample=16)),
        'jpeg-2000': (JPEG_2000_LOSSLESS, lambda a: imagecodecs.jpeg2k_encode(a, level=0, codecformat='j2k')),
        'htj2k': (HTJ2K, lambda a: imagecodecs.htj2k_encode(a)),
    }
    for name, (syntax, encode) in encoders.items():
        ds, picture = ct()
        unsigned = picture.astype(np.uint16)
        ds.PixelRepresentation = 0
        save(ds, out / f'ct-{name}.dcm', syntax, [encode(unsigned)])
        found[f'ct-{name}.dcm'] = expect(unsigned)
    # Signed code streams, negative values in them.
    ds, picture = header(), ramp(np.int16, -900, 1200)
    pixels(ds, picture)
    save(ds, out / 'ct-jpeg-2000-signed.dcm', JPEG_2000_LOSSLESS, [imagecodecs.jpeg2k_encode(picture, level=0, codecformat='j2k')])
    found['ct-jpeg-2000-signed.dcm'] = expect(picture)
    ds, picture = header(), ramp(np.uint16, 0, 4095)
    pixels(ds, picture, stored=12)
    ds.PixelData = (picture | 0x7000).tobytes()                  # overlay bits above the stored ones
    ds['PixelData'].VR = 'OW'
    save(ds, out / 'ct-12-bit.dcm', ExplicitVRLittleEndian)
    found['ct-12-bit.dcm'] = expect(picture)


def make_lossy_files(out, found):
    grey, colour = ramp(np.uint8, 5, 250), ramp(np.uint8, 10, 240, 3)
    near = imagecodecs.jpegls_encode(grey, level=2)
    j2k = imagecodecs.jpeg2k_encode(colour, level=40, codecformat='j2k', reversible=False)
    jpeg, jpeg_colour = imagecodecs.jpeg8_encode(grey, level=90), imagecodecs.jpeg8_encode(colour, level=92, subsampling='422')
    for name, modality, syntax, array, code, photometric, decoded in (
            ('jpeg-ls-near', 'MR', JPEG_LS_NEAR, grey, near, 'MONOCHROME2', imagecodecs.jpegls_decode(near)),
            ('jpeg-baseline', 'CR', JPEG_BASELINE, grey, jpeg, 'MONOCHROME2', imagecodecs.jpeg8_decode(jpeg)),
            ('jpeg-baseline-colour', 'OT', JPEG_BASELINE, colour, jpeg_colour, 'YBR_FULL_422', imagecodecs.jpeg8_decode(jpeg_colour)),
            ('jpeg-2000-colour', 'OT', JPEG_2000, colour, j2k, 'YBR_ICT', imagecodecs.jpeg2k_decode(j2k))):
        ds = header(modality, SecondaryCaptureImageStorage)
        pixels(ds, array, photometric=photometric)
        save(ds, out / f'{name}.dcm', syntax, [code])
        found[f'{name}.dcm'] = expect(decoded, lossy=True)


def make_other_dicoms(out, found):
    frames = np.stack([ramp(np.uint8, 0, 255, 3, k) for k in range(3)])
    ds = header('US', '1.2.840.10008.5.1.4.1.1.3.1')
    pixels(ds, frames)
    ds.PlanarConfiguration = 1
    ds.PixelData = frames.transpose(0, 3, 1, 2).tobytes()
    ds['PixelData'].VR = 'OB'
    save(ds, out / 'us-planar-3-frames.dcm', ExplicitVRLittleEndian)
    found['us-planar-3-frames.dcm'] = expect(frames[0], 3) | {'lastFrame': expect(frames[2])['sha256']}
    ds = header('US', '1.2.840.10008.5.1.4.1.1.3.1')
    pixels(ds, frames)
    ds.PixelData = frames.tobytes()
    ds['PixelData'].VR = 'OB'
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.compress(RLELossless)
    save(ds, out / 'us-rle-3-frames.dcm', RLELossless)
    found['us-rle-3-frames.dcm'] = expect(frames[0], 3) | {'lastFrame': expect(frames[2])['sha256']}
    ds, grey = header('DX', '1.2.840.10008.5.1.4.1.1.1.1'), ramp(np.uint8, 0, 255)
    pixels(ds, grey, photometric='MONOCHROME1')
    ds.PixelData, ds.BurnedInAnnotation, ds.ViewPosition = grey.tobytes(), 'YES', 'PA'
    ds.ImagerPixelSpacing = ['0.2', '0.2']
    ds['PixelData'].VR = 'OB'
    save(ds, out / 'dx-monochrome1.dcm', ExplicitVRLittleEndian)
    found['dx-monochrome1.dcm'] = expect(grey)
    make_palette(out, found)
    make_ybr(out, found)
    make_enhanced(out, found)


def make_palette(out, found):
    index = ramp(np.uint8, 0, 15)
    table = np.stack([np.arange(16) * 4096, 61440 - np.arange(16) * 4096, np.full(16, 0x4000)]).astype(np.uint16)
    ds = header('OT', SecondaryCaptureImageStorage)
    pixels(ds, index, photometric='PALETTE COLOR')
    for k, name in enumerate(('Red', 'Green', 'Blue')):
        setattr(ds, f'{name}PaletteColorLookupTableDescriptor', [16, 0, 16])
        setattr(ds, f'{name}PaletteColorLookupTableData', table[k].tobytes())
    ds.PixelData = index.tobytes()
    ds['PixelData'].VR = 'OB'
    save(ds, out / 'palette.dcm', ExplicitVRLittleEndian)
    found['palette.dcm'] = expect((table[:, index] >> 8).astype(np.uint8).transpose(1, 2, 0))


def make_ybr(out, found):
    ybr = ramp(np.uint8, 40, 200, 3)
    ds = header('OT', SecondaryCaptureImageStorage)
    pixels(ds, ybr, photometric='YBR_FULL')
    ds.PixelData = ybr.tobytes()
    ds['PixelData'].VR = 'OB'
    save(ds, out / 'ybr-full.dcm', ExplicitVRLittleEndian)
    y, cb, cr = (ybr[..., c].astype(float) for c in range(3))
    rgb = np.stack([y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)], -1)
    found['ybr-full.dcm'] = expect(np.clip(np.round(rgb), 0, 255).astype(np.uint8), lossy=True)


def make_enhanced(out, found):
    """Enhanced MR: spacing shared by the frames, window and rescale by frame."""
    frames = np.stack([ramp(np.uint16, 0, 3000, frame=k) for k in range(2)])
    ds = header('MR', '1.2.840.10008.5.1.4.1.1.4.1')
    pixels(ds, frames, stored=12)
    measures = Dataset()
    measures.PixelSpacing = ['1.25', '1.5']
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([measures])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for k in range(2):
        voi, rescale, group = Dataset(), Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = str(100 + k), str(200 + k)
        rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = str(2 + k), str(-k), 'US'
        group.FrameVOILUTSequence, group.PixelValueTransformationSequence = Sequence([voi]), Sequence([rescale])
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    ds.PixelData = frames.tobytes()
    ds['PixelData'].VR = 'OW'
    save(ds, out / 'mr-enhanced.dcm', ExplicitVRLittleEndian)
    found['mr-enhanced.dcm'] = expect(frames[0], 2) | {'lastFrame': expect(frames[1])['sha256']}
