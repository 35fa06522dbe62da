using System.Diagnostics.CodeAnalysis;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api.Forms;

/// <summary>A form, or the error to answer with.</summary>
public readonly struct FormResult
{
    readonly object? _value;

    FormResult(object value) => _value = value;

    /// <summary>The form, or null if it could not be read.</summary>
    public Form? Form => _value as Form;

    /// <summary>Why the form could not be read, or null.</summary>
    public ApiError? Error => _value as ApiError;

    /// <summary>Takes the result apart: <c>if (!result.TryGet(out var form, out var error)) return error;</c></summary>
    public bool TryGet([NotNullWhen(true)] out Form? form, [NotNullWhen(false)] out ApiError? error)
    {
        form = _value as Form;
        error = form is null ? (ApiError)_value! : null;
        return form is not null;
    }

    public static implicit operator FormResult(Form form) => new(form);

    public static implicit operator FormResult(ApiError error) => new(error);
}
