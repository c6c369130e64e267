//! candle's tensors as slices: what our operations read, and where updates write.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Tensor, bail};

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("an operation over a tensor that is not contiguous"),
    }
}

/// The numbers of a contiguous tensor of f32.
pub struct Numbers<'a> {
    guard: Box<dyn Deref<Target = Storage> + 'a>,
    layout: &'a Layout,
}

impl<'a> Numbers<'a> {
    pub fn of(tensor: &'a Tensor) -> Self {
        let (guard, layout) = tensor.storage_and_layout();
        Self {
            guard: Box::new(guard),
            layout,
        }
    }

    pub fn get(&self) -> Result<&[f32]> {
        match &**self.guard {
            Storage::Cpu(storage) => slice(storage, self.layout),
            _ => bail!("a tensor that is not in the memory of the CPU"),
        }
    }
}

/// Changes the numbers of a contiguous tensor of f32 where they are.
pub fn update(tensor: &Tensor, change: impl FnOnce(&mut [f32])) -> Result<()> {
    tensor.inplace_op1(&Update(Mutex::new(Some(change))))
}

struct Update<F>(Mutex<Option<F>>);

impl<F: FnOnce(&mut [f32])> InplaceOp1 for Update<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(numbers), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("an update of a tensor that is not contiguous or not of f32")
        };
        if let Some(change) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            change(&mut numbers[start..end]);
        }
        Ok(())
    }
}
