//! As much of Icinga 2's language as a command definition takes.

use std::collections::BTreeMap;

#[derive(Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Sign(char),
}

#[derive(Debug)]
pub struct Command {
    pub kind: String,
    pub name: String,
    pub command: Vec<String>,
    /// Icinga passes them in an order of its own.
    pub arguments: BTreeMap<String, String>,
}

pub fn commands(text: &str) -> Vec<Command> {
    let tokens = tokens(text);
    let mut commands = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        let [
            Token::Word(object),
            Token::Word(kind),
            Token::Text(name),
            Token::Sign('{'),
        ] = window
        else {
            continue;
        };
        if object == "object" && kind.ends_with("Command") {
            commands.push(command(kind, name, &tokens[at + 4..]));
        }
    }
    commands
}

fn command(kind: &str, name: &str, tokens: &[Token]) -> Command {
    let mut command = Command {
        kind: kind.to_owned(),
        name: name.to_owned(),
        command: Vec::new(),
        arguments: BTreeMap::new(),
    };
    let mut rest = tokens;
    loop {
        rest = match rest {
            [Token::Sign('}'), ..] => return command,
            [
                Token::Word(key),
                Token::Sign('='),
                Token::Sign('['),
                rest @ ..,
            ] if key == "command" => list(rest, &mut command.command),
            [
                Token::Word(key),
                Token::Sign('='),
                Token::Sign('{'),
                rest @ ..,
            ] if key == "arguments" => dictionary(rest, &mut command.arguments),
            rest => panic!(
                "{name}: this test cannot read what begins with {:?}",
                rest.first()
            ),
        };
    }
}

fn list<'t>(mut rest: &'t [Token], into: &mut Vec<String>) -> &'t [Token] {
    loop {
        rest = match rest {
            [Token::Sign(']'), rest @ ..] => return rest,
            [Token::Sign(','), rest @ ..] => rest,
            [Token::Text(text), rest @ ..] => {
                into.push(text.clone());
                rest
            }
            rest => panic!("not a list of texts: {:?}", rest.first()),
        };
    }
}

fn dictionary<'t>(mut rest: &'t [Token], into: &mut BTreeMap<String, String>) -> &'t [Token] {
    loop {
        rest = match rest {
            [Token::Sign('}'), rest @ ..] => return rest,
            [
                Token::Text(key),
                Token::Sign('='),
                Token::Text(value),
                rest @ ..,
            ] => {
                let known = into.insert(key.clone(), value.clone());
                assert!(known.is_none(), "{key} stands there twice");
                rest
            }
            rest => panic!("not key = \"value\": {:?}", rest.first()),
        };
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let mut held = String::new();
                loop {
                    match chars.next().expect("a text that ends") {
                        '"' => break,
                        '\\' => held.push(chars.next().expect("an escaped character")),
                        c => held.push(c),
                    }
                }
                tokens.push(Token::Text(held));
            }
            c if c.is_whitespace() => {}
            '/' | '#' if c == '#' || chars.peek() == Some(&'/') => {
                while chars.next().is_some_and(|c| c != '\n') {}
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || "_.".contains(*c)) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
            sign => tokens.push(Token::Sign(sign)),
        }
    }
    tokens
}

/// As Icinga does it: an attribute that is not there is an empty text.
pub fn replaced(value: &str, attributes: &[(&str, &str)]) -> String {
    let mut done = String::new();
    for (number, part) in value.split('$').enumerate() {
        match number % 2 {
            0 => done += part,
            _ => {
                let mut known = attributes.iter().filter(|(name, _)| *name == part);
                done += known.next().map_or("", |(_, value)| value);
            }
        }
    }
    done
}
