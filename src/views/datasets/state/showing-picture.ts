import type { Picture } from '../../../dataset/dataset-store';

/** Reads a picture into an <img> while the element is there, and gives up its address afterwards. */
export function showingPicture(
  read: () => Promise<Picture | null>,
  onError: (error: Error) => void,
): (image: HTMLImageElement) => () => void {
  return (image) => {
    let url: string | null = null;
    let gone = false;
    const show = (picture: Picture | null) => {
      if (gone || !picture) return;
      url = URL.createObjectURL(picture.png);
      image.src = url;
    };
    read().then(show, onError);
    return () => {
      gone = true;
      image.removeAttribute('src');
      if (url) URL.revokeObjectURL(url);
    };
  };
}

/** For an <img>: shows a picture that is at hand, and gives up its address afterwards. */
export function showBlob(png: Blob): (image: HTMLImageElement) => () => void {
  return (image) => {
    const url = URL.createObjectURL(png);
    image.src = url;
    return () => URL.revokeObjectURL(url);
  };
}
