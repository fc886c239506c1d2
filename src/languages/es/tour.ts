import type { Language } from '../catalogues';

/** El recorrido de la primera visita. */
export const tour: Language['tour'] = {
  title: '¿Es nuevo aquí?',
  place: (step: number, of: number) => `${step} de ${of}`,
  drawTitle: 'Pida una imagen',
  drawWhat:
    'Diga en el prompt qué debe verse, ajuste la edad o la proyección donde la haya y pulse Generar. A los pocos ' +
    'segundos la imagen queda guardada aquí.',
  drawDo: 'Ir al prompt',
  setTitle: 'Genere cientos y vea si ayudan',
  setWhat:
    'Un proyecto lleva de sus imágenes reales a un conjunto de datos etiquetado: receta, generación, revisión, ' +
    'comparación y exportación.',
  setDo: 'Abrir los proyectos',
  privateTitle: 'Nada sale de este equipo',
  privateWhat:
    'Todo se calcula en este navegador, también sin red. Las imágenes guardadas pueden cifrarse, y abajo se cuenta ' +
    'cada petición de esta página.',
  privateDo: 'Cómo se comprueba',
  back: 'Atrás',
  next: 'Siguiente',
  done: 'Listo',
  skip: 'No volver a mostrar',
};
