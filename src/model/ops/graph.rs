//! The operations as nodes of candle's graph: what is differentiated, and where gradients go.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Device, InplaceOp1, Layout, Result, Shape, Storage, Tensor, bail,
};

use super::attention::{Done, Heads};
use super::head::{Asked, Gradients};
use super::rotary::Table;
use super::{attention, head, linear, lookup, norm, rotary, swiglu};
use crate::model::span::Span;

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

struct Update<F>(Left<F>);

impl<F: FnOnce(&mut [f32])> InplaceOp1 for Update<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(numbers), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("an update of a tensor that is not contiguous or not of f32")
        };
        take(&self.0)?(&mut numbers[start..end]);
        Ok(())
    }
}

fn tensor(values: Vec<f32>, like: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, like.shape(), &Device::Cpu)
}

/// The sizes of a matrix.
fn sizes(layout: &Layout) -> Result<(usize, usize)> {
    layout.shape().dims2()
}

fn stored(values: Vec<f32>, shape: impl Into<Shape>) -> (CpuStorage, Shape) {
    (CpuStorage::F32(values), shape.into())
}

/// Something the forward leaves for the backward, which takes it.
type Left<T> = Mutex<Option<T>>;

fn leave<T>(place: &Left<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

fn take<T>(place: &Left<T>) -> Result<T> {
    match place.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(value) => Ok(value),
        None => bail!("a second backward through one forward"),
    }
}

struct Linear;

/// `x w^T`.
pub fn linear(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    x.apply_op2(w, Linear)
}

/// `residual + x w^T`.
pub fn linear_onto(residual: &Tensor, x: &Tensor, w: &Tensor) -> Result<Tensor> {
    x.apply_op3(w, residual, Linear)
}

/// The gradients of x and w, each where it is wanted.
fn linear_backward(x: &Tensor, w: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
    let dy = dy.contiguous()?;
    let (n, k) = w.dims2()?;
    let (dy, xs, ws) = (Numbers::of(&dy), Numbers::of(x), Numbers::of(w));
    let dx = tensor(linear::backward_x(ws.get()?, dy.get()?, k, n), x)?;
    let dw = tensor(linear::backward_w(xs.get()?, dy.get()?, k, n), w)?;
    Ok((Some(dx), Some(dw)))
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, w: &CpuStorage, lw: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((rows, _), (n, k)) = (sizes(lx)?, sizes(lw)?);
        let y = linear::forward(slice(x, lx)?, slice(w, lw)?, k, n, None);
        Ok(stored(y, (rows, n)))
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        linear_backward(x, w, dy)
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear onto"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        w: &CpuStorage,
        lw: &Layout,
        residual: &CpuStorage,
        lr: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, _), (n, k)) = (sizes(lx)?, sizes(lw)?);
        let y = linear::forward(slice(x, lx)?, slice(w, lw)?, k, n, Some(slice(residual, lr)?));
        Ok(stored(y, (rows, n)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dw) = linear_backward(x, w, dy)?;
        Ok((dx, dw, Some(dy.clone())))
    }
}

struct Norm(f64);

/// RMSNorm with a weight.
pub fn norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    x.apply_op2(weight, Norm(eps))
}

impl CustomOp2 for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, w: &CpuStorage, lw: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok(stored(norm::forward(slice(x, lx)?, slice(w, lw)?, self.0), sizes(lx)?))
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dy = dy.contiguous()?;
        let (dy, xs, ws) = (Numbers::of(&dy), Numbers::of(x), Numbers::of(w));
        let (dx, dw) = norm::backward(xs.get()?, ws.get()?, self.0, dy.get()?);
        Ok((Some(tensor(dx, x)?), Some(tensor(dw, w)?)))
    }
}

struct Rotary {
    positions: Arc<Vec<u32>>,
    table: Arc<Table>,
}

/// Turns heads by the angles of their positions, which must have rows in the table.
pub fn rotary(x: &Tensor, positions: &Arc<Vec<u32>>, table: &Arc<Table>) -> Result<Tensor> {
    x.apply_op1(Rotary {
        positions: positions.clone(),
        table: table.clone(),
    })
}

impl CustomOp1 for Rotary {
    fn name(&self) -> &'static str {
        "rotary"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = sizes(lx)?;
        let y = rotary::turn(slice(x, lx)?, width, &self.positions, &self.table, false);
        Ok(stored(y, (rows, width)))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (dy, width) = (dy.contiguous()?, x.dim(1)?);
        let dx = rotary::turn(Numbers::of(&dy).get()?, width, &self.positions, &self.table, true);
        Ok(Some(tensor(dx, x)?))
    }
}

struct Attention {
    heads: Heads,
    spans: Arc<Vec<Span>>,
    log_sums: Left<Vec<f32>>,
}

/// Causal attention inside spans, which must have been checked.
pub fn attention(heads: Heads, spans: &Arc<Vec<Span>>, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
    let op = Attention {
        heads,
        spans: spans.clone(),
        log_sums: Mutex::new(None),
    };
    q.apply_op3(k, v, op)
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        lq: &Layout,
        k: &CpuStorage,
        lk: &Layout,
        v: &CpuStorage,
        lv: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (q, k, v) = (slice(q, lq)?, slice(k, lk)?, slice(v, lv)?);
        let (out, log_sums) = attention::forward(self.heads, &self.spans, q, k, v);
        leave(&self.log_sums, log_sums);
        Ok(stored(out, sizes(lq)?))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        out: &Tensor,
        dout: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let dout = dout.contiguous()?;
        let log_sums = take(&self.log_sums)?;
        let (qs, ks, vs) = (Numbers::of(q), Numbers::of(k), Numbers::of(v));
        let (outs, douts) = (Numbers::of(out), Numbers::of(&dout));
        let done = Done {
            q: qs.get()?,
            k: ks.get()?,
            v: vs.get()?,
            out: outs.get()?,
            log_sums: &log_sums,
        };
        let (dq, dk, dv) = attention::backward(self.heads, &self.spans, &done, douts.get()?);
        Ok((Some(tensor(dq, q)?), Some(tensor(dk, k)?), Some(tensor(dv, v)?)))
    }
}

struct Swiglu;

/// `silu(gate) * up`.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.apply_op2(up, Swiglu)
}

impl CustomOp2 for Swiglu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(&self, gate: &CpuStorage, lg: &Layout, up: &CpuStorage, lu: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok(stored(swiglu::forward(slice(gate, lg)?, slice(up, lu)?), sizes(lg)?))
    }

    fn bwd(&self, gate: &Tensor, up: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dy = dy.contiguous()?;
        let (dy, gates, ups) = (Numbers::of(&dy), Numbers::of(gate), Numbers::of(up));
        let (dgate, dup) = swiglu::backward(gates.get()?, ups.get()?, dy.get()?);
        Ok((Some(tensor(dgate, gate)?), Some(tensor(dup, up)?)))
    }
}

struct Lookup(Vec<u32>);

/// Rows of the embedding: every id must be below its number of rows.
pub fn lookup(weight: &Tensor, ids: &[u32]) -> Result<Tensor> {
    weight.apply_op1(Lookup(ids.to_vec()))
}

impl CustomOp1 for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn cpu_fwd(&self, weight: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = sizes(layout)?;
        let rows = lookup::forward(slice(weight, layout)?, width, &self.0);
        Ok(stored(rows, (self.0.len(), width)))
    }

    fn bwd(&self, weight: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (dy, width) = (dy.contiguous()?, weight.dim(1)?);
        let mut dweight = vec![0.0; weight.elem_count()];
        lookup::backward(&mut dweight, width, &self.0, Numbers::of(&dy).get()?);
        Ok(Some(tensor(dweight, weight)?))
    }
}

/// Rows of hidden states, the token that each should have foretold, and what one loss weighs in the sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supervised {
    pub at: Vec<u32>,
    pub ids: Vec<u32>,
    pub scale: f32,
}

type Both = (Vec<f32>, Vec<f32>);

struct Loss {
    asked: Supervised,
    losses: Arc<Mutex<Vec<f64>>>,
    gradients: Left<Both>,
}

/// `scale` times the sum of the losses, whose gradients are computed in the same pass; and each loss, unscaled.
pub fn loss(hidden: &Tensor, weight: &Tensor, asked: Supervised) -> Result<(Tensor, Vec<f64>)> {
    let losses = Arc::new(Mutex::new(Vec::new()));
    let op = Loss {
        asked,
        losses: losses.clone(),
        gradients: Mutex::new(None),
    };
    let total = hidden.apply_op2(weight, op)?;
    let losses = std::mem::take(&mut *losses.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((total, losses))
}

impl CustomOp2 for Loss {
    fn name(&self) -> &'static str {
        "loss"
    }

    fn cpu_fwd(
        &self,
        hidden: &CpuStorage,
        lh: &Layout,
        weight: &CpuStorage,
        lw: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = sizes(lh)?;
        let (hidden, weight) = (slice(hidden, lh)?, slice(weight, lw)?);
        let mut gradients = (vec![0.0; hidden.len()], vec![0.0; weight.len()]);
        let asked = Asked {
            at: &self.asked.at,
            ids: &self.asked.ids,
        };
        let into = Gradients {
            scale: self.asked.scale,
            hidden: &mut gradients.0,
            weight: &mut gradients.1,
        };
        let losses = head::losses(hidden, weight, width, asked, Some(into));
        let total = losses.iter().sum::<f64>() * f64::from(self.asked.scale);
        *self.losses.lock().unwrap_or_else(PoisonError::into_inner) = losses;
        leave(&self.gradients, gradients);
        Ok(stored(vec![total as f32], ()))
    }

    fn bwd(
        &self,
        hidden: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        d: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (dhidden, dweight) = take(&self.gradients)?;
        let (mut dhidden, mut dweight) = (tensor(dhidden, hidden)?, tensor(dweight, weight)?);
        let factor = d.to_scalar::<f32>()?;
        if factor != 1.0 {
            dhidden = (dhidden * f64::from(factor))?;
            dweight = (dweight * f64::from(factor))?;
        }
        Ok((Some(dhidden), Some(dweight)))
    }
}
